export type ErrorKind =
  | 'invalid'
  | 'forbidden'
  | 'not-found'
  | 'overdue'
  | 'conflict'
  | 'gone'
  | 'exhausted'
  | 'unavailable'
  | 'upstream'
  | 'corrupt';

export type ErrorDetails = Readonly<Record<string, string | number | boolean>>;

/** An outcome the caller can act on. Anything else that is thrown is a defect. */
export class DomainError extends Error {
  override readonly name = 'DomainError';

  constructor(
    readonly code: string,
    readonly kind: ErrorKind,
    message: string,
    readonly details: ErrorDetails,
  ) {
    super(message);
  }
}

export interface ErrorFactory {
  (details?: ErrorDetails): DomainError;
  readonly code: string;
  readonly kind: ErrorKind;
}

export const domainError = (code: string, kind: ErrorKind, message: string): ErrorFactory =>
  Object.assign((details: ErrorDetails = {}) => new DomainError(code, kind, message, details), {
    code,
    kind,
  });

export const malformedEvent = domainError(
  'event.malformed',
  'corrupt',
  'An event does not match its schema.',
);
export const unknownEvent = domainError(
  'event.unknown',
  'corrupt',
  'An event is not in the catalogue.',
);
export const staleStream = domainError('stream.stale', 'conflict', 'The stream has moved on.');
export const storeUnavailable = domainError(
  'store.unavailable',
  'unavailable',
  'the event store cannot write; nothing was recorded',
);
export const storeLocked = domainError(
  'store.locked',
  'unavailable',
  'another process has this event store open for writing',
);
