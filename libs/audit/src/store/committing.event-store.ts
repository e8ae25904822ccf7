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

const ERASURES: StreamId = 'log/erasures';
const DEFAULT_COMMIT_TIMEOUT_MS = 10_000;
const PROBE_INTERVAL_MS = 500;
const ERASURE_ATTEMPTS_MAX = 5;

/** The event store over any storage: group commit, the live end of the log, and recovery. */
export class CommittingEventStore extends EventStore {
  private readonly committer: GroupCommitter;
  private readonly recent = new RecentEvents();
  private readonly listeners = new Set<() => void>();
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
    return (await this.storage.readAfter(position, limit, filter)).map(recordedOf);
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
    for (let attempt = 1; ; attempt += 1) {
      const version = (await this.load(ERASURES)).length;
      try {
        const receipt = await this.commit(ERASURES, version, [event], {
          context,
          erased: positions,
        });
        this.recent.forget();
        return receipt;
      } catch (error) {
        if (attempt === ERASURE_ATTEMPTS_MAX || !isStale(error)) throw error;
      }
    }
  }

  override onCommit(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  override async close(): Promise<void> {
    this.closed = true;
    clearInterval(this.prober);
    await this.committer.idle();
    await this.storage.close();
  }

  // eslint-disable-next-line @typescript-eslint/require-await -- a refusal must reject, not throw
  private async commit(
    stream: StreamId,
    expectedVersion: number,
    events: readonly DomainEvent[],
    { context, erased }: { readonly context: EventContext; readonly erased: readonly number[] },
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

  private async refuseErasureOf(position: number): Promise<void> {
    const [found] = await this.storage.readAfter(position - 1, 1, {});
    if (found?.link.position !== position) throw positionUnknown({ position });
    if (found.link.type === ERASURE_TYPE) throw erasureIsEvidence({ position });
  }

  private publish(events: readonly RecordedEvent[]): void {
    this.recent.add(events);
    for (const listener of this.listeners) listener();
  }

  /** Nobody may append while the store is failing, so it finds out by itself when that is over. */
  private probe(): void {
    if (this.closed) return;
    this.prober ??= setInterval(() => {
      this.storage.probe().then(
        () => {
          this.committer.health = 'writable';
          clearInterval(this.prober);
          this.prober = undefined;
        },
        () => undefined, // still failing; asked again at the next tick
      );
    }, PROBE_INTERVAL_MS).unref();
  }
}

const isStale = (error: unknown): boolean =>
  (error as { readonly code?: unknown }).code === 'stream.stale';
