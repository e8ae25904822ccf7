import {
  erasureIsEvidence,
  PayloadsErased,
  positionUnknown,
  storeUnavailable,
  type DomainEvent,
} from '@arbiter/domain';
import type { EventContext, StreamId } from '../chain/envelope';
import { ERASURE_TYPE } from '../chain/verify';
import { draftOf, recordedOf } from './draft';
import {
  EventStore,
  type EventFilter,
  type Receipt,
  type RecordedEvent,
  type StoreHealth,
} from './event-store';
import { GroupCommitter } from './group-committer';
import type { LogStorage } from './log-storage';
import { RecentEvents } from './recent-events';
import { SharedPages } from './shared-pages';

const ERASURES: StreamId = 'log/erasures';
const DEFAULT_COMMIT_TIMEOUT_MS = 10_000;
const PROBE_INTERVAL_MS = 500;

interface CommitFacts {
  readonly context: EventContext;
  /** Positions whose payloads go in the same commit. */
  readonly erased: readonly number[];
}

/** The event store over any storage: group commit, the live end of the log, and recovery. */
export class CommittingEventStore extends EventStore {
  private readonly committer: GroupCommitter;
  private readonly recent = new RecentEvents();
  private readonly pages = new SharedPages();
  private readonly listeners = new Set<() => void>();
  private erasing: Promise<unknown> = Promise.resolve();
  private prober: NodeJS.Timeout | undefined;
  private closed = false;

  private constructor(
    private readonly storage: LogStorage,
    commitTimeoutMs: number,
  ) {
    super();
    this.committer = new GroupCommitter(
      storage,
      (events) => {
        this.publish(events);
      },
      {
        commitTimeoutMs,
      },
    );
  }

  static async open(
    storage: LogStorage,
    commitTimeoutMs = DEFAULT_COMMIT_TIMEOUT_MS,
  ): Promise<CommittingEventStore> {
    const store = new CommittingEventStore(storage, commitTimeoutMs);
    await store.committer.open();
    return store;
  }

  override get position(): number {
    return this.committer.position;
  }

  override get health(): StoreHealth {
    return this.committer.health;
  }

  override async load(stream: StreamId, afterVersion = 0): Promise<readonly RecordedEvent[]> {
    // A write that nobody waits for may still add to the stream: no decision may rest on it now.
    if (this.committer.isStuck) throw storeUnavailable({ reason: 'stuck' });
    return (await this.storage.readStream(stream, afterVersion)).map(recordedOf);
  }

  override async readAfter(
    position: number,
    limit: number,
    filter: EventFilter = {},
  ): Promise<readonly RecordedEvent[]> {
    const isWhole = filter.stream === undefined && filter.type === undefined;
    const kept = isWhole ? this.recent.after(position, limit) : undefined;
    if (kept !== undefined) return kept;
    const load = async (): Promise<readonly RecordedEvent[]> =>
      (await this.storage.readAfter(position, limit, filter)).map(recordedOf);
    const isFull = isWhole && position + limit <= this.position;
    return isFull ? this.pages.read(position, limit, load) : load();
  }

  override append(
    stream: StreamId,
    expectedVersion: number,
    events: readonly DomainEvent[],
    context: EventContext,
  ): Promise<Receipt> {
    return this.commit(stream, expectedVersion, events, { context, erased: [] });
  }

  override async erase(
    positions: readonly number[],
    reason: string,
    { at, ...context }: EventContext & { readonly at: DomainEvent['at'] },
  ): Promise<Receipt> {
    for (const position of positions) await this.refuseErasureOf(position);
    const event = PayloadsErased.of({ positions, reason }, at);
    const receipt = this.erasing.then(() =>
      this.recordErasure(event, { context, erased: positions }),
    );
    this.erasing = receipt.catch(() => undefined);
    return receipt;
  }

  override onCommit(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  override async close(): Promise<void> {
    this.closed = true;
    clearInterval(this.prober);
    await this.committer.idle();
    const closed = this.storage.close();
    // It comes after a write that hangs, which may be never.
    if (!this.committer.isStuck) await closed;
  }

  private async commit(
    stream: StreamId,
    expectedVersion: number,
    events: readonly DomainEvent[],
    { context, erased }: CommitFacts,
  ): Promise<Receipt> {
    if (this.closed) throw storeUnavailable({ reason: 'closed' });
    const drafts = events.map((event, index) =>
      draftOf(event, stream, expectedVersion + index + 1, context),
    );
    const receipt = new Promise<Receipt>((resolve, reject) => {
      this.committer.enqueue({ stream, expectedVersion, drafts, erased, resolve, reject });
    });
    receipt.catch(() => {
      if (this.health === 'failing') this.probe();
    });
    return receipt;
  }

  /** One at a time, because all of them append to one stream. */
  private async recordErasure(event: DomainEvent, facts: CommitFacts): Promise<Receipt> {
    try {
      const version = (await this.storage.versionsOf([ERASURES])).get(ERASURES) ?? 0;
      return await this.commit(ERASURES, version, [event], facts);
    } finally {
      // Also when it failed: the payloads may be gone all the same.
      this.recent.forget();
      this.pages.forget();
    }
  }

  private async refuseErasureOf(position: number): Promise<void> {
    const [found] = await this.storage.readAfter(position - 1, 1, {});
    if (found?.link.position !== position) throw positionUnknown({ position });
    if (found.link.type === ERASURE_TYPE) throw erasureIsEvidence({ position });
  }

  private publish(events: readonly RecordedEvent[]): void {
    this.recent.add(events);
    // A listener that throws is a defect, but no reason to call what is durable failed.
    for (const listener of this.listeners) queueMicrotask(listener);
  }

  /** Nobody may append while the store is failing, so it finds out by itself when that is over. */
  private probe(): void {
    if (this.closed) return;
    this.prober ??= setInterval(() => {
      void this.committer.probe().then(() => {
        if (this.health === 'failing') return; // asked again at the next tick
        clearInterval(this.prober);
        this.prober = undefined;
      });
    }, PROBE_INTERVAL_MS).unref();
  }
}
