import type { Completion, DecisionFacts, JudgedCall } from '../kernel/call-record';
import type { AgentId, CallId, Instant, Sensitivity, SessionId } from '../kernel/values';

export interface SessionTerms {
  readonly agentId: AgentId;
  readonly declaredIntent: string;
  readonly delegationChain: readonly string[];
  /** Exact names; empty means every tool. */
  readonly authorizedTools: readonly string[];
  /** Names usable in `${CRED:…}`; empty means every credential. */
  readonly authorizedCredentials: readonly string[];
  readonly callBudget: number;
  readonly timeLimitSecs: number;
  /** Calls per window; null is unlimited. */
  readonly rateLimit: number | null;
  readonly rateWindowSecs: number;
  readonly sensitivityCeiling: Sensitivity;
}

/** What the policy set says about a request, evaluated on the same facts that are recorded. */
export interface PolicyRefusal {
  readonly code: 'policy.denied' | 'policy.escalation-required';
  readonly policyId: string | null;
  readonly reason: string;
}

interface Base<Type extends string> {
  readonly type: Type;
  readonly sessionId: SessionId;
  readonly at: Instant;
}

/** One request: a message or a batch, allowed or refused as a whole. */
export type AuthorizeCalls = Base<'AuthorizeCalls'> & {
  readonly callId: CallId;
  readonly agentId: AgentId;
  readonly calls: readonly JudgedCall[];
  readonly facts: DecisionFacts;
  readonly refusal: PolicyRefusal | null;
};

export type SessionCommand =
  | (Base<'OpenSession'> & { readonly terms: SessionTerms })
  | AuthorizeCalls
  | (Base<'CompleteCall'> & { readonly callId: CallId; readonly completion: Completion })
  | Base<'CloseSession'>
  | Base<'ExpireSession'>;
