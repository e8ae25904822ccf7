import { domainError } from '../kernel/errors';

export const sessionExists = domainError('session.exists', 'conflict', 'session already exists');
export const sessionNotFound = domainError('session.not-found', 'not-found', 'session not found');
export const sessionClosed = domainError('session.closed', 'conflict', 'session is closed');
export const intentEmpty = domainError(
  'session.intent-empty',
  'invalid',
  'declared_intent must not be empty',
);
export const intentTooLong = domainError(
  'session.intent-too-long',
  'invalid',
  'declared_intent takes at most 512 bytes',
);
export const timeLimitNotPositive = domainError(
  'session.time-limit-not-positive',
  'invalid',
  'time_limit_secs must be positive',
);
export const timeLimitTooLong = domainError(
  'session.time-limit-too-long',
  'invalid',
  'time_limit_secs must not exceed 86400',
);
export const budgetNotPositive = domainError(
  'session.budget-not-positive',
  'invalid',
  'call_budget must be positive',
);
export const budgetTooLarge = domainError(
  'session.budget-too-large',
  'invalid',
  'call_budget must not exceed 1000000',
);
export const rateWindowNotPositive = domainError(
  'session.rate-window-not-positive',
  'invalid',
  'rate_limit_window_secs must be positive',
);
export const rateWindowTooShort = domainError(
  'session.rate-window-too-short',
  'invalid',
  'rate_limit_window_secs must be at least 10',
);
export const rateWindowTooLong = domainError(
  'session.rate-window-too-long',
  'invalid',
  'rate_limit_window_secs must not exceed 3600',
);
