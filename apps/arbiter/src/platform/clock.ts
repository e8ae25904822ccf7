import type { Ids, Instant } from '@arbiter/domain';
import { randomUUID } from 'node:crypto';
import { uuidv7 } from 'uuidv7';

export abstract class Clock {
  abstract now(): Instant;
}

export class SystemClock extends Clock {
  now(): Instant {
    return new Date().toISOString() as Instant;
  }
}

export abstract class IdGenerator {
  abstract next<K extends keyof Ids>(kind: K): Ids[K];
}

/** Calls are many and are stored by id: ids that grow with time keep their index compact. */
export class RandomIds extends IdGenerator {
  next<K extends keyof Ids>(kind: K): Ids[K] {
    return (kind === 'call' ? uuidv7() : randomUUID()) as Ids[K];
  }
}
