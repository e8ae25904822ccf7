import canonicalize from 'canonicalize';
import { hash as digest, randomFillSync } from 'node:crypto';
import type { Envelope, Link, Payload, StoredEvent } from './envelope';

/** What an empty log ends with: the predecessor of the first event. */
export const GENESIS: Head = { position: 0, hash: '0'.repeat(64) };

/** The end of a log, to which the next event is linked. */
export type Head = Pick<Link, 'position' | 'hash'>;

/** An event before it has a place in the log. */
export interface Draft {
  readonly facts: Omit<Envelope, 'position' | 'prev'>;
  readonly payload: Payload;
}

const SALT_BYTES = 16;
/** Salts are cut from a pool: asking the system for 16 bytes at a time costs more than hashing. */
const POOL_BYTES = 4096;
const SALT = /^[0-9a-f]{32}$/;

const pool = Buffer.alloc(POOL_BYTES);
let drawn = POOL_BYTES;

const nextSalt = (): string => {
  if (drawn === POOL_BYTES) {
    randomFillSync(pool);
    drawn = 0;
  }
  drawn += SALT_BYTES;
  return pool.toString('hex', drawn - SALT_BYTES, drawn);
};

/** RFC 8785. Callers have checked that strings are well-formed and numbers finite. */
const canonical = (value: object): string => canonicalize(value) ?? '';

/** Without its salt a digest says nothing about erased data, however few values were possible. */
export const payloadOf = (data: object): Payload => ({
  salt: nextSalt(),
  data: canonical(data),
});

/** SHA-256 over the salt's bytes and the canonical text, in hex. */
export const digestOf = ({ salt, data }: Payload): string =>
  digest('sha256', Buffer.concat([Buffer.from(salt, 'hex'), Buffer.from(data)]), 'hex');

/** `hash` commits to everything else in the envelope, `prev` and `dataDigest` included. */
export const hashOf = (envelope: Envelope): string => digest('sha256', canonical(envelope), 'hex');

/** Hex has two spellings, of which only one was written: another one is a change. */
export const isUntouched = (payload: Payload, dataDigest: string): boolean =>
  SALT.test(payload.salt) && digestOf(payload) === dataDigest;

export const linkTo = (head: Head, { facts, payload }: Draft): StoredEvent => {
  const envelope = { ...facts, position: head.position + 1, prev: head.hash };
  return { link: { ...envelope, hash: hashOf(envelope) }, payload };
};
