import type { Secret } from '@arbiter/infra';
import { createHash, timingSafeEqual } from 'node:crypto';

/** A secret that others present: compared in a time that depends on neither length nor content. */
export class KnownSecret {
  private readonly digest: Buffer;

  constructor(secret: Secret) {
    this.digest = digestOf(secret.reveal());
  }

  is(presented: string): boolean {
    return timingSafeEqual(digestOf(presented), this.digest);
  }
}

const digestOf = (text: string): Buffer => createHash('sha256').update(text).digest();
