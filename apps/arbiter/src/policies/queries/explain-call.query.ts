import {
  agentNotFound,
  explain,
  hasExpired,
  type AgentId,
  type PolicyCall,
  type PolicyContext,
  type PolicyExplanation,
} from '@arbiter/domain';
import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import { AgentView } from '../../agents/read-model/agent.view';
import { Clock } from '../../platform/clock';
import { Views } from '../../platform/views';
import { PolicySets } from '../policy-sets';

/** A call that nobody makes. */
export interface HypotheticalCall {
  readonly agentId: AgentId;
  readonly intent: string;
  readonly tool: string;
  readonly arguments: unknown;
  /** Null stands for the agent's owner. */
  readonly principal: string | null;
}

/** Null when no policies are configured, so that there is nothing to explain. */
export class ExplainCall extends Query<PolicyExplanation | null> {
  constructor(readonly call: HypotheticalCall) {
    super();
  }
}

/** What the gateway would decide, apart from sessions and budgets (spec §3.6, §5.4). */
@QueryHandler(ExplainCall)
export class ExplainCallHandler implements IQueryHandler<ExplainCall> {
  constructor(
    private readonly views: Views,
    private readonly policies: PolicySets,
    private readonly clock: Clock,
  ) {}

  async execute({ call }: ExplainCall): Promise<PolicyExplanation | null> {
    const at = this.clock.now();
    const { agentId } = call;
    const agent = await (await this.views.of(AgentView)).findOneBy({ agentId });
    if (agent === null || hasExpired(agent, at)) throw agentNotFound();
    const { set, source } = this.policies.current();
    if (source === 'none') return null;
    const explanation = explain(set, contextOf(agent, call, at), policyCallOf(call));
    return agent.active ? explanation : { ...explanation, decision: DEACTIVATED };
  }
}

const DEACTIVATED = {
  effect: 'deny',
  policyId: null,
  reason: 'the agent is deactivated',
} as const;

const contextOf = (
  agent: AgentView,
  { intent, principal }: HypotheticalCall,
  at: PolicyContext['at'],
): PolicyContext => ({
  agentId: agent.agentId,
  trustLevel: agent.trustLevel,
  capabilities: agent.capabilities,
  principal: principal ?? agent.owner,
  groups: [],
  intent,
  delegationLinks: [],
  at,
});

const policyCallOf = (call: HypotheticalCall): PolicyCall => ({
  method: 'tools/call',
  tool: call.tool,
  arguments: call.arguments,
  uri: null,
});
