import type { Decider, DomainEvent } from '@arbiter/domain';
import type { StreamId } from '../chain/envelope';
import type { AppendsUnderWay } from './appends-under-way';
import type { EventStore, RecordedEvent } from './event-store';
import type { Snapshots } from './snapshots';

/** A stream folded in memory, up to what was last decided on it. */
export interface HotStream {
  state: unknown;
  version: number;
  position: number;
  snapshotVersion: number;
}

const HOT_STREAMS_MAX = 10_000;
const SNAPSHOT_EVERY = 500;

/**
 * The streams that are decided on, least recently used last out. What is decided on one lies on top
 * of what was decided before, recorded or not, and versions alone do not tell two such towers
 * apart. So there is one at a time: a stream that was let go of is folded anew only when the
 * outcome of every append to it is known, and whoever still holds the old fold has to ask again.
 */
export class HotStreams {
  private readonly hot = new Map<StreamId, HotStream>();
  private readonly folding = new Map<StreamId, Promise<HotStream>>();

  constructor(
    private readonly store: EventStore,
    private readonly snapshots: Snapshots,
    private readonly appends: AppendsUnderWay,
  ) {}

  async load<State, Command, Event extends DomainEvent>(
    decider: Decider<State, Command, Event>,
    stream: StreamId,
  ): Promise<HotStream> {
    const hot = this.hot.get(stream);
    if (hot === undefined) return this.folding.get(stream) ?? this.foldOnce(decider, stream);
    // Deleting first makes a Map's insertion order the order of last use.
    this.hot.delete(stream);
    this.hot.set(stream, hot);
    return hot;
  }

  /** False when the stream was let go of meanwhile: then nothing may be decided on `hot`. */
  isCurrent(stream: StreamId, hot: HotStream): boolean {
    return this.hot.get(stream) === hot;
  }

  /** What was decided on it may not have been recorded: the log is asked again. */
  evict(stream: StreamId): void {
    this.hot.delete(stream);
    this.folding.delete(stream);
  }

  /** Costs a write, so it happens once in a while and never fails a caller. */
  snapshotIfDue(stream: StreamId, revision: number, hot: HotStream): void {
    if (hot.version - hot.snapshotVersion < SNAPSHOT_EVERY) return;
    hot.snapshotVersion = hot.version;
    const { version, state } = hot;
    const save = async (): Promise<void> => {
      const [last] = await this.store.load(stream, version - 1);
      // Not durable yet, or another event than the one that was decided: nothing to start from.
      if (last === undefined || !this.isCurrent(stream, hot)) return;
      await this.snapshots.save(stream, { version, hash: last.link.hash, revision, state });
    };
    save().catch(() => undefined); // a cache only
  }

  private foldOnce<State, Command, Event extends DomainEvent>(
    decider: Decider<State, Command, Event>,
    stream: StreamId,
  ): Promise<HotStream> {
    const folding = this.fold(decider, stream).then(
      (hot) => {
        if (this.isWanted(stream, folding)) this.keep(stream, hot);
        return hot;
      },
      (error: unknown) => {
        if (this.isWanted(stream, folding)) this.folding.delete(stream);
        throw error;
      },
    );
    this.folding.set(stream, folding);
    return folding;
  }

  /** False when the stream was let go of while it was read. */
  private isWanted(stream: StreamId, folding: Promise<HotStream>): boolean {
    return this.folding.get(stream) === folding;
  }

  private keep(stream: StreamId, hot: HotStream): void {
    this.folding.delete(stream);
    this.hot.set(stream, hot);
    if (this.hot.size > HOT_STREAMS_MAX) this.evictOldest();
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
    await this.appends.none(stream);
    const snapshot = await this.snapshots.load(stream).catch(() => undefined);
    if (snapshot?.revision === decider.revision) {
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
