import { domainError } from '@arbiter/domain';

export const erasureReasonEmpty = domainError(
  'log.erasure-reason-empty',
  'invalid',
  'reason must not be empty',
);
export const projectionUnknown = domainError(
  'projection.unknown',
  'not-found',
  'projection not found',
);
