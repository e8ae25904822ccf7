import { defineProjection } from '@arbiter/audit';
import type { AgentEvent, SessionEvent } from '@arbiter/domain';
import { SessionSlotView } from './session-slot.view';

type SlotEvent = Extract<
  AgentEvent | SessionEvent,
  {
    type: 'agent.session-admitted' | 'agent.session-released' | 'session.opened' | 'session.ended';
  }
>;

/** What is left to do about slots after a crash; see the reactor. */
export const sessionSlotProjection = defineProjection<SessionSlotView, SlotEvent>({
  name: 'session-slots',
  revision: 1,
  view: SessionSlotView,
  key: ({ data }) => data.sessionId,
  on: {
    'agent.session-admitted': (_row, { data }) => ({ ...data, state: 'admitted' }),
    'session.opened': (row) => row && Object.assign({}, row, { state: 'open' as const }),
    'session.ended': (row) => row && Object.assign({}, row, { state: 'ended' as const }),
    'agent.session-released': () => undefined,
  },
});
