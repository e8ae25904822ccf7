import { delegationObjection } from './delegation-link';
import { effectiveTool, type PolicyCall, type PolicyContext } from './policy-call';
import type { CompiledPolicy, PolicySet } from './policy-compiler';
import { matches, matchesApartFromParameters, subjectOf } from './policy-match';

export type PolicyDecision =
  | { readonly effect: 'allow'; readonly policyId: string }
  /** Without a policy when a delegation forbids the call, or nothing allows it. */
  | { readonly effect: 'deny'; readonly policyId: string | null; readonly reason: string }
  | { readonly effect: 'escalate'; readonly policyId: string; readonly reason: string }
  /** Forward the call, and record that a rule objected. */
  | { readonly effect: 'annotate'; readonly policyId: string; readonly reason: string };

/** Delegation scope, then the rule that wins, then deny (§5.6). Depends on nothing but its arguments. */
export const decide = (
  set: PolicySet,
  context: PolicyContext,
  call: PolicyCall,
): PolicyDecision => {
  const objection = delegationObjection(context.delegationLinks, effectiveTool(call), context.at);
  if (objection !== undefined) return { effect: 'deny', policyId: null, reason: objection };
  const subject = subjectOf(context, call);
  const winner = set.byRank.find((policy) => matches(policy, subject));
  return winner === undefined ? denyByDefault : verdictOf(winner);
};

/**
 * Whether a call of the tool could be allowed with some arguments, for lists of tools (D4). A
 * constrained deny is no obstacle, because leaving the parameter out avoids it (§5.2). Whatever
 * `decide` allows is callable here; the reverse holds for rules without constraints.
 */
export const mayCall = (set: PolicySet, context: PolicyContext, tool: string): boolean => {
  const call = { method: 'tools/call', tool, arguments: undefined, uri: null };
  if (delegationObjection(context.delegationLinks, tool, context.at) !== undefined) return false;
  const subject = subjectOf(context, call);
  const deciding = set.byRank.find(
    (policy) =>
      (policy.parameters.length === 0 || (forwards(policy) && policy.satisfiable)) &&
      matchesApartFromParameters(policy, subject),
  );
  return deciding !== undefined && forwards(deciding);
};

const forwards = ({ outcome }: CompiledPolicy): boolean =>
  outcome === 'allow' || outcome === 'annotate';

const denyByDefault: PolicyDecision = {
  effect: 'deny',
  policyId: null,
  reason: 'no policy allows this: deny-by-default',
};

const verdictOf = ({ outcome, rule: { id } }: CompiledPolicy): PolicyDecision => {
  switch (outcome) {
    case 'allow':
      return { effect: 'allow', policyId: id };
    case 'deny':
      return { effect: 'deny', policyId: id, reason: `denied by policy '${id}'` };
    case 'escalate':
      return {
        effect: 'escalate',
        policyId: id,
        reason: `policy '${id}' requires escalation to a human`,
      };
    case 'annotate':
      return {
        effect: 'annotate',
        policyId: id,
        reason: `policy '${id}' objects, and only annotates`,
      };
  }
};
