import type { Instant } from '../kernel/values';
import type { PolicyRule } from './policy-rule';

/** Where the rules come from; `none` is a gateway without any, which denies everything. */
export const POLICY_SOURCES = ['file', 'inline', 'none'] as const;
export type PolicySource = (typeof POLICY_SOURCES)[number];

export interface ActivatePolicies {
  readonly type: 'ActivatePolicies';
  /** SHA-256 of the canonical JSON of `policies`: equal digests, equal rules. */
  readonly digest: string;
  readonly source: PolicySource;
  readonly policies: readonly PolicyRule[];
  readonly at: Instant;
}

export type PolicySetCommand = ActivatePolicies;
