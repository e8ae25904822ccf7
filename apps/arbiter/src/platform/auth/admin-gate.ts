import type { EventContext } from '@arbiter/audit';
import { HttpException, HttpStatus, Injectable, UnauthorizedException } from '@nestjs/common';
import { createHash, randomUUID, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { RateLimiterMemory } from 'rate-limiter-flexible';
import { Config } from '../config';

const WINDOW_SECS = 60;
/** Hex digits of the digest that pick the bucket of a wrong key: 4,096 buckets, however many keys are tried. */
const BUCKET_DIGITS = 3;
const BEARER = /^bearer +(\S.*)$/i;

/** Lets administrators in, at most so many times a minute. One key, presented in either of two ways (D3). */
@Injectable()
export class AdminGate {
  private readonly key: Buffer;
  private readonly limiter: RateLimiterMemory;

  constructor({ admin }: Config) {
    this.key = digest(admin.apiKey.reveal());
    this.limiter = new RateLimiterMemory({
      points: admin.rateLimitRequests,
      duration: WINDOW_SECS,
    });
  }

  /** Counts before it verifies, so that guessing is limited too (spec §3.1). Throws 429 or 401. */
  async admit(headers: IncomingHttpHeaders): Promise<EventContext> {
    const presented = presentedKey(headers);
    const presentedDigest = presented === undefined ? undefined : digest(presented);
    const isKnown = presentedDigest !== undefined && timingSafeEqual(presentedDigest, this.key);
    await this.count(isKnown ? 'admin' : bucketOf(presentedDigest));
    if (presentedDigest === undefined) throw new UnauthorizedException('missing x-api-key');
    if (!isKnown) throw new UnauthorizedException('invalid api key');
    return { actor: { kind: 'admin', id: 'default' }, correlation: randomUUID() };
  }

  private async count(bucket: string): Promise<void> {
    try {
      await this.limiter.consume(bucket);
    } catch {
      throw new HttpException('rate limit exceeded', HttpStatus.TOO_MANY_REQUESTS);
    }
  }
}

/** Hashing first makes the comparison independent of the length of the key. */
const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

const presentedKey = (headers: IncomingHttpHeaders): string | undefined => {
  const key = headers['x-api-key'];
  if (key !== undefined) return String(key);
  return BEARER.exec(headers.authorization ?? '')?.[1]?.trimEnd();
};

const bucketOf = (presentedDigest: Buffer | undefined): string =>
  presentedDigest === undefined
    ? 'none'
    : `wrong:${presentedDigest.toString('hex').slice(0, BUCKET_DIGITS)}`;
