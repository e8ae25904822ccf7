import { domainError } from '../kernel/errors';

export const policySetInvalid = domainError(
  'policy-set.invalid',
  'invalid',
  'the policies do not load',
);
