import { storeUnavailable } from '@arbiter/domain';
import type { RecordedEvent, StoreHealth } from './event-store';
import type { LogStorage } from './log-storage';
import { LogTail, type Append } from './log-tail';

const GROUP_MAX = 512;
const QUEUED_MAX = 20_000;

export interface CommitLimits {
  /** How long a commit may take before its callers are told that it failed. */
  readonly commitTimeoutMs: number;
}

/**
 * The one writer of a log. Whatever has queued up when it is its turn is linked and written
 * together, so the price of durability is shared. Callers are answered after the write, never
 * before.
 */
export class GroupCommitter {
  position = 0;
  health: StoreHealth = 'writable';
  private queued: Append[] = [];
  private running: Promise<void> | undefined;
  private stuck = false;
  private tail: LogTail | undefined;

  constructor(
    private readonly storage: LogStorage,
    private readonly committed: (events: readonly RecordedEvent[]) => void,
    private readonly limits: CommitLimits,
  ) {}

  /** Reads where the log ends; throws when it cannot be read. */
  async open(): Promise<void> {
    this.tail = await LogTail.read(this.storage);
    this.position = this.tail.position;
  }

  enqueue(append: Append): void {
    if (this.stuck || this.queued.length >= QUEUED_MAX) {
      append.reject(storeUnavailable({ reason: this.stuck ? 'stuck' : 'overloaded' }));
      return;
    }
    this.queued.push(append);
    this.running ??= this.drain();
  }

  /** Resolves when everything that was enqueued so far has been answered. */
  async idle(): Promise<void> {
    await this.running;
  }

  private async drain(): Promise<void> {
    while (this.queued.length > 0) {
      // One turn of the loop lets everybody who was just answered join the next group.
      await new Promise(setImmediate);
      const group = this.queued.slice(0, GROUP_MAX);
      this.queued = this.queued.slice(group.length);
      await this.commit(group);
    }
    this.running = undefined;
  }

  private async commit(appends: readonly Append[]): Promise<void> {
    const watchdog = setTimeout(() => {
      this.giveUp(appends);
    }, this.limits.commitTimeoutMs);
    try {
      const tail = (this.tail ??= await LogTail.read(this.storage));
      await tail.recall(appends, this.storage);
      const { events, erased, answers } = tail.link(appends);
      if (events.length > 0) await this.storage.write(events, erased);
      this.position = tail.position;
      this.health = 'writable';
      this.committed(events);
      for (const answer of answers) answer();
    } catch (error) {
      // Whether it reached the disk is unknown, so the log is asked before the next commit.
      this.tail = undefined;
      this.health = 'failing';
      reject(appends, reasonOf(error));
    } finally {
      clearTimeout(watchdog);
      this.stuck = false;
    }
  }

  /** The write may still end some day; until then nobody waits for it, and nobody joins it. */
  private giveUp(appends: readonly Append[]): void {
    this.stuck = true;
    this.health = 'failing';
    reject([...appends, ...this.queued], 'timeout');
    this.queued = [];
  }
}

const reject = (appends: readonly Append[], reason: string): void => {
  for (const append of appends) append.reject(storeUnavailable({ reason }));
};

/** SQLite's symbolic code (`SQLITE_FULL`), which says more than its sentence and no path. */
const reasonOf = (error: unknown): string => {
  const { code } = error as { readonly code?: unknown };
  return typeof code === 'string' ? code : 'write failed';
};
