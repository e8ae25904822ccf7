import { hash as digest, randomFillSync } from 'node:crypto';
import { canonical, canonicalEnvelope } from './canonical';
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

const SCRATCH_BYTES = 64 * 1024;

const pool = Buffer.alloc(POOL_BYTES);
const scratch = Buffer.alloc(SCRATCH_BYTES);
let drawn = POOL_BYTES;

const nextSalt = (): string => {
  if (drawn === POOL_BYTES) {
    randomFillSync(pool);
    drawn = 0;
  }
  drawn += SALT_BYTES;
  return pool.toString('hex', drawn - SALT_BYTES, drawn);
};

/** Without its salt a digest says nothing about erased data, however few values were possible. */
export const payloadOf = (data: object): Payload => ({
  salt: nextSalt(),
  data: canonical(data),
});

/** SHA-256 over the salt's bytes and the canonical text, in hex. */
export const digestOf = ({ salt, data }: Payload): string => {
  // Three bytes a UTF-16 unit at most; what fits is put together without allocating.
  if (data.length * 3 > SCRATCH_BYTES - SALT_BYTES)
    return digest('sha256', Buffer.concat([Buffer.from(salt, 'hex'), Buffer.from(data)]), 'hex');
  const bytes = scratch.write(salt, 'hex') + scratch.write(data, SALT_BYTES);
  return digest('sha256', scratch.subarray(0, bytes), 'hex');
};

/** `hash` commits to everything else in the envelope, `prev` and `dataDigest` included. */
export const hashOf = (envelope: Envelope): string =>
  digest('sha256', canonicalEnvelope(envelope), 'hex');

/** Hex has two spellings, of which only one was written: another one is a change. */
export const isUntouched = (payload: Payload, dataDigest: string): boolean =>
  isText(payload) && SALT.test(payload.salt) && digestOf(payload) === dataDigest;

/** A changed row may hold anything, whatever its type says. */
const isText = ({ salt, data }: { readonly salt: unknown; readonly data: unknown }): boolean =>
  typeof salt === 'string' && typeof data === 'string';

export const linkTo = (head: Head, { facts, payload }: Draft): StoredEvent => {
  const envelope = { ...facts, position: head.position + 1, prev: head.hash };
  return { link: { ...envelope, hash: hashOf(envelope) }, payload };
};
