import type { Decider } from '../kernel/decider';
import { definitionFindings } from './policy-definition';
import type { PolicyRule } from './policy-rule';
import type { PolicySetCommand, PolicySource } from './policy-set.commands';
import { policySetInvalid } from './policy-set.errors';
import { PolicySetActivated, type PolicySetEvent } from './policy-set.events';

export type PolicySetState =
  | { readonly status: 'none' }
  | {
      readonly status: 'active';
      readonly digest: string;
      readonly source: PolicySource;
      readonly policies: readonly PolicyRule[];
    };

/** There is one set for the whole gateway. */
export const POLICY_SET_STREAM = 'policy-set/active';

export const policySetDecider: Decider<PolicySetState, PolicySetCommand, PolicySetEvent> = {
  initial: { status: 'none' },
  revision: 1,

  decide({ digest, source, policies, at }, state) {
    if (isActive(state, digest, source)) return [];
    const problems = definitionFindings(policies).filter(({ refusesLoading }) => refusesLoading);
    if (problems.length > 0) throw policySetInvalid({ problems: problems.length });
    return [PolicySetActivated.of({ digest, source, policies, count: policies.length }, at)];
  },

  evolve(_state, { data: { digest, source, policies } }) {
    return { status: 'active', digest, source, policies };
  },
};

const isActive = (state: PolicySetState, digest: string, source: PolicySource): boolean =>
  state.status === 'active' && state.digest === digest && state.source === source;
