import canonicalize from 'canonicalize';
import type { Envelope } from './envelope';

/**
 * RFC 8785. Callers have checked that strings are well-formed and numbers finite. The engine's
 * serialiser differs from it in the order of members only, and is five times as fast: what is in
 * order already, as most events are, needs nothing else.
 */
export const canonical = (value: object): string =>
  isInOrder(value) ? JSON.stringify(value) : (canonicalize(value) ?? '');

/** The same text as `canonical` gives, for the one object that is hashed for every event. */
export const canonicalEnvelope = (envelope: Envelope): string => {
  const { actor, at, causation, correlation, dataDigest, id, position } = envelope;
  const { prev, schema, stream, tenant, type, version } = envelope;
  const inOrder: Record<keyof Envelope, unknown> = {
    actor: { id: actor.id, kind: actor.kind },
    at,
    causation,
    correlation,
    dataDigest,
    id,
    position,
    prev,
    schema,
    stream,
    tenant,
    type,
    version,
  };
  return JSON.stringify(inOrder);
};

const isInOrder = (value: unknown): boolean => {
  if (typeof value !== 'object' || value === null) return true;
  if (Array.isArray(value)) return value.every(isInOrder);
  let previous = '';
  for (const key in value) {
    // By UTF-16 code units, which is how `<` compares. Keys like integers come first in any object.
    if (key < previous || !isInOrder((value as Record<string, unknown>)[key])) return false;
    previous = key;
  }
  return true;
};
