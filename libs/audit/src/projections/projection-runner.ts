import { setTimeout } from 'node:timers/promises';
import type { EntityManager } from 'typeorm';
import { GENESIS, type Head } from '../chain/hash-chain';
import { ERASURE_TYPE } from '../chain/verify';
import { follow } from '../feed/follow';
import type { EventStore, RecordedEvent } from '../store/event-store';
import type { Writer } from '../store/sqlite/writer';
import { CheckpointRow } from './checkpoint.row';
import type { Projection } from './projection';
import { PositionWaiters } from './position-waiters';
import { foldBatch } from './row-batch';

const BATCH_MAX = 2_000;
const RETRY_MS = 1_000;
/** Under load, waiting this long makes batches large; whoever waits for a position ends the wait. */
const PAUSE_MS = 200;

export interface ProjectionStatus {
  readonly name: string;
  readonly revision: number;
  readonly position: number;
  /** How many events the view is behind. */
  readonly lag: number;
  readonly state: 'running' | 'retrying' | 'stopped';
  /** Why it is not running. */
  readonly error: string | undefined;
}

/** Keeps one view up to date. Rows and checkpoint commit together, so an event is folded once. */
export class ProjectionRunner {
  /** Before the first event until it is known how far the view has come. */
  private position = -1;
  private state: ProjectionStatus['state'] = 'running';
  private error: string | undefined;
  private isStarted = false;
  private fromScratch = false;
  /** Erasures up to here were done before the view was folded, so nothing erased is in it. */
  private cleanTo = GENESIS.position;
  private hurry: () => void = () => undefined;
  private aborting = new AbortController();
  private loop: Promise<void> = Promise.resolve();
  private rebuilding: Promise<void> = Promise.resolve();
  private readonly waiters = new PositionWaiters();

  constructor(
    readonly projection: Projection,
    private readonly store: EventStore,
    private readonly writer: Writer,
  ) {}

  status(): ProjectionStatus {
    const { name, revision } = this.projection;
    const { position, state, error } = this;
    return {
      name,
      revision,
      position: Math.max(0, position),
      lag: Math.max(0, this.store.position - Math.max(0, position)),
      state,
      error,
    };
  }

  start(): void {
    this.isStarted = true;
    this.launch();
  }

  async stop(): Promise<void> {
    this.isStarted = false;
    await this.halt();
    await this.rebuilding;
  }

  /** Has the view emptied and folded anew from the first event; resolves when that has begun. */
  rebuild(): Promise<void> {
    // One after the other: two loops over one view would fold every event twice.
    this.rebuilding = this.rebuilding.then(async () => {
      await this.halt();
      this.fromScratch = true;
      this.advance(GENESIS.position);
      if (this.isStarted) this.launch();
    });
    return this.rebuilding;
  }

  /**
   * True when the view includes `position`, or has stopped and will not come to it; false when
   * `signal` aborted the wait.
   */
  async reached(position: number, signal: AbortSignal): Promise<boolean> {
    if (this.position >= position || this.state === 'stopped') return true;
    const reached = this.waiters.wait(position, signal);
    this.hurry();
    return reached;
  }

  private launch(): void {
    this.aborting = new AbortController();
    this.loop = this.run(this.aborting.signal);
  }

  private async halt(): Promise<void> {
    this.aborting.abort();
    this.hurry();
    await this.loop;
  }

  private async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        await this.catchUp(signal);
      } catch (error) {
        this.error = error instanceof Error ? error.message : String(error);
        // Storage that fails comes back; a fold that throws would throw for ever.
        if (!isStorageFailure(error)) {
          this.state = 'stopped';
          this.waiters.release(Infinity);
          return;
        }
        this.state = 'retrying';
        await setTimeout(RETRY_MS, undefined, { signal }).catch(() => undefined);
      }
    }
  }

  private async catchUp(signal: AbortSignal): Promise<void> {
    const start = await this.resume();
    this.advance(start);
    for await (const batch of follow(this.store, start, { batchMax: BATCH_MAX, signal })) {
      if (this.hasToForget(batch)) {
        this.fromScratch = true;
        return;
      }
      this.advance(await this.writer.transaction((rows) => this.fold(batch, rows)));
      const isBehind = batch.length === BATCH_MAX;
      if (!isBehind && this.waiters.isEmpty && !signal.aborted) await this.pause(PAUSE_MS);
    }
  }

  /** Rows may hold what was erased since they were folded: only a view that is folded anew does not. */
  private hasToForget(batch: readonly RecordedEvent[]): boolean {
    return batch.some(({ link }) => link.type === ERASURE_TYPE && link.position > this.cleanTo);
  }

  private advance(position: number): void {
    this.position = position;
    this.state = 'running';
    this.error = undefined;
    this.waiters.release(position);
  }

  private async fold(batch: readonly RecordedEvent[], rows: EntityManager): Promise<number> {
    await foldBatch(this.projection, batch, rows);
    const { position, hash } = batch.at(-1)?.link ?? GENESIS;
    await rows.update(CheckpointRow, { name: this.projection.name }, { position, hash });
    return position;
  }

  /** Where to go on; a view of another revision, or of another log, is emptied first. */
  private async resume(): Promise<number> {
    const { name, revision } = this.projection;
    const start = await this.writer.transaction(async (rows) => {
      const checkpoint = this.fromScratch ? null : await rows.findOneBy(CheckpointRow, { name });
      if (checkpoint?.revision === revision && (await this.isOfThisLog(checkpoint)))
        return checkpoint.position;
      await empty(this.projection, rows);
      this.cleanTo = this.store.position;
      return GENESIS.position;
    });
    this.fromScratch = false;
    return start;
  }

  private async isOfThisLog({ position, hash }: Head): Promise<boolean> {
    if (position === GENESIS.position) return true;
    const [event] = await this.store.readAfter(position - 1, 1);
    return event?.link.position === position && event.link.hash === hash;
  }

  private pause(durationMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = globalThis.setTimeout(resolve, durationMs);
      this.hurry = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

const empty = async ({ name, revision, view }: Projection, rows: EntityManager): Promise<void> => {
  await rows.clear(view);
  await rows.delete(CheckpointRow, { name });
  await rows.insert(CheckpointRow, { name, revision, ...GENESIS });
};

const isStorageFailure = (error: unknown): boolean => {
  const { code } = error as { readonly code?: unknown };
  return typeof code === 'string' && code.startsWith('SQLITE_') && code !== 'SQLITE_CONSTRAINT';
};
