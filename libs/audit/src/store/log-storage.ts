import type { StoredEvent, StreamId } from '../chain/envelope';
import type { Head } from '../chain/hash-chain';
import type { EventFilter } from './event-store';

/** Where a log is kept. Writing calls come one at a time; reading calls may come at any time. */
export abstract class LogStorage {
  abstract readTail(): Promise<Head>;
  /** Only streams that exist are in the answer. */
  abstract versionsOf(streams: readonly StreamId[]): Promise<ReadonlyMap<StreamId, number>>;
  /** All or nothing, and durable when it resolves. */
  abstract write(events: readonly StoredEvent[], erased: readonly number[]): Promise<void>;
  /** Resolves when a write of an ordinary size would succeed now; changes nothing in the log. */
  abstract probe(): Promise<void>;
  abstract readStream(stream: StreamId, afterVersion: number): Promise<readonly StoredEvent[]>;
  abstract readAfter(
    position: number,
    limit: number,
    filter: EventFilter,
  ): Promise<readonly StoredEvent[]>;
  abstract close(): Promise<void>;
}
