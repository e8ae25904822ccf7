import type { StreamId } from '../chain/envelope';

/** The folded state of a stream up to one of its events. A cache: losing it costs time only. */
export interface Snapshot {
  readonly version: number;
  /** The hash of the event at `version`: a snapshot of another history is recognised by it. */
  readonly hash: string;
  /** Of the decider that folded it; see `Decider.revision`. */
  readonly revision: number;
  readonly state: unknown;
}

export abstract class Snapshots {
  /** The newest one, if any. */
  abstract load(stream: StreamId): Promise<Snapshot | undefined>;
  /** Replaces the one before. */
  abstract save(stream: StreamId, snapshot: Snapshot): Promise<void>;
  /** After an erasure nothing derived from the erased data may stay. */
  abstract forget(streams: readonly StreamId[]): Promise<void>;
}

export class MemorySnapshots extends Snapshots {
  private readonly snapshots = new Map<StreamId, string>();

  load(stream: StreamId): Promise<Snapshot | undefined> {
    const text = this.snapshots.get(stream);
    return Promise.resolve(text === undefined ? undefined : (JSON.parse(text) as Snapshot));
  }

  save(stream: StreamId, snapshot: Snapshot): Promise<void> {
    this.snapshots.set(stream, JSON.stringify(snapshot));
    return Promise.resolve();
  }

  forget(streams: readonly StreamId[]): Promise<void> {
    for (const stream of streams) this.snapshots.delete(stream);
    return Promise.resolve();
  }
}
