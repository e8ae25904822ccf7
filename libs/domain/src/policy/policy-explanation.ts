import type { AgentId, Instant } from '../kernel/values';
import { effectiveTool, type PolicyCall, type PolicyContext } from './policy-call';
import type { CompiledPolicy, PolicySet } from './policy-compiler';
import { decide, type PolicyDecision } from './policy-decision';
import { skipReasonOf, subjectOf } from './policy-match';
import type { PolicyDisposition, PolicyEffect } from './policy-rule';

/** What one rule had to say about a call (§5.6). */
export interface PolicyTraceEntry {
  readonly policyId: string;
  readonly matched: boolean;
  readonly effect: PolicyEffect;
  readonly specificity: number;
  readonly disposition: PolicyDisposition;
  /** Null exactly when the rule matched. */
  readonly skipReason: string | null;
  readonly agentId: AgentId | null;
  readonly principalSub: string;
  readonly toolName: string;
  readonly timestamp: Instant;
}

export interface PolicyExplanation {
  readonly decision: PolicyDecision;
  /** One entry per rule, in file order. */
  readonly trace: readonly PolicyTraceEntry[];
}

/** The decision of `decide` with the view of every rule on it; too slow for every call. */
export const explain = (
  set: PolicySet,
  context: PolicyContext,
  call: PolicyCall,
): PolicyExplanation => {
  const subject = subjectOf(context, call);
  const entryOf = ({ rule, score }: CompiledPolicy, skipReason: string | null) => ({
    policyId: rule.id,
    matched: skipReason === null,
    effect: rule.effect,
    specificity: score,
    disposition: rule.disposition,
    skipReason,
    agentId: context.agentId,
    principalSub: context.principal,
    toolName: effectiveTool(call),
    timestamp: context.at,
  });
  return {
    decision: decide(set, context, call),
    trace: set.inFileOrder.map((policy) => entryOf(policy, skipReasonOf(policy, subject))),
  };
};
