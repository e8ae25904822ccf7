import type { Decider, DomainEvent } from '@arbiter/domain';
import type { StreamId } from '../chain/envelope';
import type { EventStore, RecordedEvent } from './event-store';
import type { Snapshot, Snapshots } from './snapshots';

/** A stream folded in memory, up to what was last decided on it. */
export interface HotStream {
  state: unknown;
  version: number;
  position: number;
  snapshotVersion: number;
}

const HOT_STREAMS_MAX = 10_000;
const SNAPSHOT_EVERY = 500;

/** The streams that are decided on, least recently used last out. */
export class HotStreams {
  private readonly hot = new Map<StreamId, Promise<HotStream>>();

  constructor(
    private readonly store: EventStore,
    private readonly snapshots: Snapshots,
  ) {}

  load<State, Command, Event extends DomainEvent>(
    decider: Decider<State, Command, Event>,
    stream: StreamId,
  ): Promise<HotStream> {
    const hot = this.hot.get(stream) ?? this.fold(decider, stream);
    // Deleting first makes a Map's insertion order the order of last use.
    this.hot.delete(stream);
    this.hot.set(stream, hot);
    hot.catch(() => this.hot.delete(stream));
    if (this.hot.size > HOT_STREAMS_MAX) this.evictOldest();
    return hot;
  }

  /** What was decided on it may not have been recorded: the log is asked again. */
  evict(stream: StreamId): void {
    this.hot.delete(stream);
  }

  /** Costs a write, so it happens once in a while and never fails a caller. */
  snapshotIfDue(stream: StreamId, revision: number, hot: HotStream): void {
    if (hot.version - hot.snapshotVersion < SNAPSHOT_EVERY) return;
    const { version, state } = hot;
    hot.snapshotVersion = version;
    this.save(stream, { version, revision, state }).catch(() => undefined); // a cache only
  }

  private async save(
    stream: StreamId,
    { version, revision, state }: Pick<Snapshot, 'version' | 'revision' | 'state'>,
  ): Promise<void> {
    // Read back, because only what is durable may be a starting point.
    const [last] = await this.store.load(stream, version - 1);
    if (last === undefined) return;
    await this.snapshots.save(stream, { version, hash: last.link.hash, revision, state });
  }

  private evictOldest(): void {
    for (const stream of this.hot.keys()) {
      this.hot.delete(stream);
      return;
    }
  }

  private async fold<State, Command, Event extends DomainEvent>(
    decider: Decider<State, Command, Event>,
    stream: StreamId,
  ): Promise<HotStream> {
    const snapshot = await this.snapshots.load(stream).catch(() => undefined);
    if (snapshot !== undefined && snapshot.revision === decider.revision) {
      const [base, ...rest] = await this.store.load(stream, snapshot.version - 1);
      if (base?.link.hash === snapshot.hash)
        return folded(decider, snapshot.state as State, [base, ...rest], snapshot.version);
    }
    return folded(decider, decider.initial, await this.store.load(stream), 0);
  }
}

const folded = <State, Command, Event extends DomainEvent>(
  decider: Decider<State, Command, Event>,
  start: State,
  history: readonly RecordedEvent[],
  snapshotVersion: number,
): HotStream => {
  // An erased event still counts as a version, but says nothing any more.
  const state = history.reduce<State>(
    (current, { event, link }) =>
      event !== undefined && link.version > snapshotVersion
        ? decider.evolve(current, event as Event)
        : current,
    start,
  );
  const last = history.at(-1)?.link;
  return {
    state,
    version: last?.version ?? 0,
    position: last?.position ?? 0,
    snapshotVersion,
  };
};
