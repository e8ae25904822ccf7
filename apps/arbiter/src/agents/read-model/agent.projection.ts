import { defineProjection } from '@arbiter/audit';
import type { AgentEvent } from '@arbiter/domain';
import { AgentView } from './agent.view';

/** Whether an agent has expired is for whoever reads the row: it depends on the time of reading. */
export const agentProjection = defineProjection<AgentView, AgentEvent>({
  name: 'agents',
  revision: 1,
  view: AgentView,
  key: ({ data }) => data.agentId,
  on: {
    'agent.registered': (_row, { data, at }) => ({ ...data, createdAt: at, active: true }),
    'agent.deactivated': (row) => row && Object.assign({}, row, { active: false }),
  },
});
