import {
  decide,
  delegationLinksOf,
  hasExpired,
  type Agent,
  type AgentId,
  type DecisionFacts,
  type Instant,
  type JudgedCall,
  type PolicyContext,
  type PolicyDecision,
  type PolicyRefusal,
} from '@arbiter/domain';
import type { ActivePolicies } from '../policies/policy-sets';
import type { Received } from './stages/intake.stage';

/** What a request is judged by besides the session's own limits. */
export interface Parties {
  readonly agent: Agent;
  readonly agentId: AgentId;
  readonly intent: string;
  readonly delegationChain: readonly string[];
  readonly delegationHeader: string | null;
  readonly at: Instant;
}

export interface Judgement {
  readonly calls: readonly JudgedCall[];
  readonly refusal: PolicyRefusal | null;
  readonly facts: DecisionFacts;
}

/** A request is allowed when every call that is not free is; the first refusal speaks for all. */
export const judge = (
  { messages, calls }: Pick<Received, 'messages' | 'calls'>,
  parties: Parties,
  policies: ActivePolicies,
): Judgement => {
  const facts = factsOf(parties, policies);
  if (facts.agentStatus === 'deactivated')
    return { calls, facts, refusal: denied('the agent is deactivated') };
  const context = policyContextOf(parties);
  const decisions = messages.map((message, index) =>
    calls[index]?.free === true
      ? undefined
      : decide(policies.set, context, { ...message, method: message.method ?? 'response' }),
  );
  return {
    calls: calls.map((call, index) => ({ ...call, policyId: decisions[index]?.policyId ?? null })),
    refusal: decisions.map(refusalIn).find((refusal) => refusal !== null) ?? null,
    facts,
  };
};

/** An agent that is unknown or expired has no trust and no capabilities (spec §5.4). */
export const policyContextOf = (parties: Parties): PolicyContext => {
  const { agent, agentId, intent, delegationChain, at } = parties;
  const isKnown = agent.status !== 'absent' && !hasExpired(agent, at);
  return {
    agentId: isKnown ? agentId : null,
    trustLevel: isKnown ? agent.trustLevel : 'untrusted',
    capabilities: isKnown ? agent.capabilities : [],
    principal: principalOf(parties),
    groups: [],
    intent,
    delegationLinks: delegationLinksOf(delegationChain),
    at,
  };
};

const factsOf = (parties: Parties, { digest }: ActivePolicies): DecisionFacts => {
  const { agent, at } = parties;
  const hasLapsed = agent.status === 'active' && hasExpired(agent, at);
  return {
    trustLevel: agent.status === 'absent' || hasLapsed ? 'untrusted' : agent.trustLevel,
    agentStatus: hasLapsed ? 'expired' : agent.status,
    principal: principalOf(parties),
    policySetDigest: digest,
  };
};

/** The header is the client's word: it counts when it names the registered owner (B-11). */
const principalOf = ({ agent, delegationHeader }: Parties): string => {
  const claimed = delegationHeader?.split('>', 1)[0]?.trim() ?? '';
  return agent.status !== 'absent' && claimed === agent.owner ? claimed : '';
};

const refusalIn = (decision: PolicyDecision | undefined): PolicyRefusal | null => {
  if (decision === undefined) return null;
  const { effect, policyId } = decision;
  if (effect === 'deny') return { code: 'policy.denied', policyId, reason: decision.reason };
  if (effect === 'escalate')
    return { code: 'policy.escalation-required', policyId, reason: decision.reason };
  return null;
};

const denied = (reason: string): PolicyRefusal => ({
  code: 'policy.denied',
  policyId: null,
  reason,
});
