import type { DomainEvent } from '@arbiter/domain';
import type { EventContext, StoredEvent, StreamId } from '../chain/envelope';

export interface RecordedEvent extends StoredEvent {
  /** Absent once its payload has been erased. */
  readonly event: DomainEvent | undefined;
}

export interface Receipt {
  /** Of the stream, after the append. */
  readonly version: number;
  /** Of the last event appended. */
  readonly position: number;
}

export interface EventFilter {
  readonly stream?: StreamId;
  readonly type?: string;
}

/** `failing` from a commit that failed until a write, a probe included, succeeds again. */
export type StoreHealth = 'writable' | 'failing';

/** An append-only log of events in streams, each event linked by hash to the one before it. */
export abstract class EventStore {
  /** The position of the last durable event; 0 when there is none. */
  abstract readonly position: number;
  abstract readonly health: StoreHealth;

  /** Events of one stream in version order, strictly after a version; none if it does not exist. */
  abstract load(stream: StreamId, afterVersion?: number): Promise<readonly RecordedEvent[]>;

  /**
   * Durable when it resolves, all or nothing. Throws `stream.stale` unless the stream is at
   * `expectedVersion`, and `store.unavailable` when it could not be written in time: then nothing
   * was acknowledged, and whether it was recorded is only known by reading.
   */
  abstract append(
    stream: StreamId,
    expectedVersion: number,
    events: readonly DomainEvent[],
    context: EventContext,
  ): Promise<Receipt>;

  /** The log in position order, strictly after `position`, as far as the filter lets it through. */
  abstract readAfter(
    position: number,
    limit: number,
    filter?: EventFilter,
  ): Promise<readonly RecordedEvent[]>;

  /** Deletes payloads and records that they were. Throws when a position cannot be erased. */
  abstract erase(
    positions: readonly number[],
    reason: string,
    context: EventContext & { readonly at: DomainEvent['at'] },
  ): Promise<Receipt>;

  /** Calls back after every commit, in order, until the returned function is called. */
  abstract onCommit(listener: () => void): () => void;

  /** Refuses further appends, waits for those under way and lets go of the files. */
  abstract close(): Promise<void>;
}
