import { createHash } from 'node:crypto';
import type { PolicyRule } from '@arbiter/domain';
import canonicalize from 'canonicalize';

/** SHA-256, in hex, of the RFC 8785 form: equal for equal rules in equal order, and for no others. */
export const policyDigest = (policies: readonly PolicyRule[]): string =>
  createHash('sha256')
    .update(canonicalize(policies) ?? '')
    .digest('hex');
