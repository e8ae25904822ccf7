import type { EntityManager } from 'typeorm';
import { GENESIS, type Head } from '../chain/hash-chain';
import { follow } from '../feed/follow';
import type { EventStore, RecordedEvent } from '../store/event-store';
import type { Writer } from '../store/sqlite/writer';
import { CheckpointRow } from './checkpoint.row';
import type { Projection } from './projection';
import { foldBatch } from './row-batch';

const BATCH_MAX = 2_000;
const RETRY_MS = 1_000;
/** Under load, waiting this long makes batches large; whoever waits for a position ends the wait. */
const PAUSE_MS = 20;

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

interface Waiter {
  readonly position: number;
  readonly resolve: () => void;
}

/** Keeps one view up to date. Rows and checkpoint commit together, so an event is folded once. */
export class ProjectionRunner {
  private position = 0;
  private state: ProjectionStatus['state'] = 'running';
  private error: string | undefined;
  private waiters: Waiter[] = [];
  private hurry: () => void = () => undefined;
  private aborting = new AbortController();
  private loop: Promise<void> = Promise.resolve();

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
      position,
      lag: Math.max(0, this.store.position - position),
      state,
      error,
    };
  }

  start(): void {
    this.aborting = new AbortController();
    this.loop = this.run(this.aborting.signal);
  }

  async stop(): Promise<void> {
    this.aborting.abort();
    this.hurry();
    await this.loop;
  }

  /** Empties the view; it is folded anew from the first event. */
  async rebuild(): Promise<void> {
    await this.stop();
    await this.writer.transaction((rows) => empty(this.projection, rows));
    this.position = 0;
    this.start();
  }

  /** Resolves when the view includes `position`; the caller bounds the wait. */
  reached(position: number): Promise<void> {
    if (this.position >= position) return Promise.resolve();
    return new Promise((resolve) => {
      this.waiters.push({ position, resolve });
      this.hurry();
    });
  }

  private async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        await this.catchUp(signal);
      } catch (error) {
        // Storage that fails comes back; a fold that throws would throw for ever.
        const isStorage = isStorageFailure(error);
        this.state = isStorage ? 'retrying' : 'stopped';
        this.error = error instanceof Error ? error.message : String(error);
        if (!isStorage) return;
        if (!signal.aborted) await this.pause(RETRY_MS);
      }
    }
  }

  private async catchUp(signal: AbortSignal): Promise<void> {
    const start = await this.resume();
    this.advance(start);
    for await (const batch of follow(this.store, start, { batchMax: BATCH_MAX, signal })) {
      const head = await this.writer.transaction((rows) => this.fold(batch, rows));
      this.advance(head);
      if (this.waiters.length === 0 && !signal.aborted) await this.pause(PAUSE_MS);
    }
  }

  private advance(position: number): void {
    this.position = position;
    this.state = 'running';
    this.error = undefined;
    const due = this.waiters.filter((waiter) => waiter.position <= position);
    this.waiters = this.waiters.filter((waiter) => waiter.position > position);
    for (const { resolve } of due) resolve();
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
    return this.writer.transaction(async (rows) => {
      const checkpoint = await rows.findOneBy(CheckpointRow, { name });
      if (checkpoint?.revision === revision && (await this.isOfThisLog(checkpoint)))
        return checkpoint.position;
      await empty(this.projection, rows);
      return 0;
    });
  }

  private async isOfThisLog({ position, hash }: Head): Promise<boolean> {
    if (position === GENESIS.position) return true;
    const [event] = await this.store.readAfter(position - 1, 1);
    return event?.link.position === position && event.link.hash === hash;
  }

  private pause(durationMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, durationMs);
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
