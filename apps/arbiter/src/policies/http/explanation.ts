import type { PolicyExplanation, PolicyTraceEntry } from '@arbiter/domain';
import type { ExplainResponse, PolicyTraceResponse } from './policy.dto';

/** Without policies everything is explained as allowed, though the gateway denies it (spec B-4). */
export const responseOf = (explanation: PolicyExplanation | null): ExplainResponse => {
  if (explanation === null)
    return {
      decision: 'allow',
      matched_policy: null,
      reason: 'no policies configured',
      trace: [],
    };
  const { decision, trace } = explanation;
  const { effect, policyId } = decision;
  return {
    decision: effect,
    // What stands in the way says why; only the rule that lets a call pass is named (spec §3.6).
    matched_policy: effect === 'allow' || effect === 'annotate' ? policyId : null,
    reason: effect === 'allow' ? null : decision.reason,
    trace: trace.map(entryOf),
  };
};

const entryOf = (entry: PolicyTraceEntry): PolicyTraceResponse => ({
  policy_id: entry.policyId,
  matched: entry.matched,
  effect: entry.effect,
  specificity: entry.specificity,
  disposition: entry.disposition,
  ...(entry.skipReason !== null && { skip_reason: entry.skipReason }),
  agent_id: entry.agentId,
  principal_sub: entry.principalSub,
  tool_name: entry.toolName,
  timestamp: entry.timestamp,
});
