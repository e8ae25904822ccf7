import { Decisions } from '@arbiter/audit';
import { agentDecider, authorizesTool, mayCall, sessionDecider } from '@arbiter/domain';
import { Injectable } from '@nestjs/common';
import { PolicySets } from '../../policies/policy-sets';
import type { ToolVisibility } from '../mcp/tools-list-filter';
import { policyContextOf } from '../policy-judgement';
import type { RequestContext } from '../request-context';
import type { LooseBinding } from './identity.stage';

/** D4: a tool is listed when some call of it would be allowed in this session, as things are now. */
@Injectable()
export class ToolLists {
  constructor(
    private readonly decisions: Decisions,
    private readonly policies: PolicySets,
  ) {}

  async visibleIn(
    { agentId, sessionId }: LooseBinding,
    { at, delegationHeader }: RequestContext,
  ): Promise<ToolVisibility> {
    const session = await this.decisions.stateOf(sessionDecider, `session/${sessionId}`);
    // Nobody in particular may call nothing.
    if (session.status === 'absent' || agentId === null) return () => false;
    const agent = await this.decisions.stateOf(agentDecider, `agent/${agentId}`);
    const { declaredIntent: intent, delegationChain } = session;
    const parties = { agent, agentId, intent, delegationChain, delegationHeader, at };
    const context = policyContextOf(parties);
    const { set } = this.policies.current();
    return (tool) => authorizesTool(session.authorizedTools, tool) && mayCall(set, context, tool);
  }
}
