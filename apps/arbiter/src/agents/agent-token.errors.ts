import { domainError } from '@arbiter/domain';

export const expiryNotPositive = domainError(
  'agent-token.expiry-not-positive',
  'invalid',
  'expiry_seconds must be positive',
);
export const sessionOfAnother = domainError(
  'agent-token.session-of-another',
  'invalid',
  'session does not belong to this agent',
);
export const sessionOver = domainError(
  'agent-token.session-over',
  'conflict',
  'session is not active',
);
