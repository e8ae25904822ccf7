import { domainError } from '@arbiter/domain';

export const erasureReasonEmpty = domainError(
  'log.erasure-reason-empty',
  'invalid',
  'reason must not be empty',
);
export const eventStillBinds = domainError(
  'log.event-still-binds',
  'conflict',
  'the event still binds: erasing it would allow what it forbids; end the session first, if it has one',
);
export const projectionUnknown = domainError(
  'projection.unknown',
  'not-found',
  'projection not found',
);
