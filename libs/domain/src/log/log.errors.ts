import { domainError } from '../kernel/errors';

export const positionUnknown = domainError('log.position-unknown', 'not-found', 'event not found');
export const erasureIsEvidence = domainError(
  'log.erasure-is-evidence',
  'invalid',
  'the record of an erasure cannot be erased',
);
