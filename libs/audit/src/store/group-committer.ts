import { storeUnavailable } from '@arbiter/domain';
import { sizeOf } from './draft';
import type { RecordedEvent, StoreHealth } from './event-store';
import type { LogStorage } from './log-storage';
import { LogTail, type Append, type Group } from './log-tail';

const GROUP_MAX = 512;
const GROUP_CHARACTERS_MAX = 16 * 1024 * 1024;
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
  private queued: Append[] = [];
  private running: Promise<void> | undefined;
  private failing = false;
  private hanging = false;
  private tail: LogTail | undefined;

  constructor(
    private readonly storage: LogStorage,
    private readonly committed: (events: readonly RecordedEvent[]) => void,
    private readonly limits: CommitLimits,
  ) {}

  get health(): StoreHealth {
    return this.failing || this.hanging ? 'failing' : 'writable';
  }

  /** True while a write goes on that nobody waits for any more: what the log holds is open. */
  get isStuck(): boolean {
    return this.hanging;
  }

  /** Reads where the log ends; throws when it cannot be read. */
  async open(): Promise<void> {
    this.position = (await this.knownTail()).position;
  }

  enqueue(append: Append): void {
    if (this.hanging || this.queued.length >= QUEUED_MAX) {
      append.reject(storeUnavailable({ reason: this.hanging ? 'stuck' : 'overloaded' }));
      return;
    }
    this.queued.push(append);
    this.running ??= this.drain();
  }

  /** Finds out whether a failing storage can write again, unless appends are finding out already. */
  async probe(): Promise<void> {
    if (this.hanging) return;
    this.running ??= this.drain(() => this.tryStorage());
    await this.running;
  }

  /** Resolves when everything that was enqueued so far has been answered. */
  async idle(): Promise<void> {
    await this.running;
  }

  private async drain(first?: () => Promise<void>): Promise<void> {
    let inTime = first === undefined || (await this.supervise([], first()));
    while (inTime && this.queued.length > 0) {
      // One turn of the loop lets everybody who was just answered join the next group.
      await new Promise(setImmediate);
      const appends = this.nextAppends();
      inTime = await this.supervise(appends, this.commit(appends));
    }
    this.running = undefined;
  }

  private nextAppends(): readonly Append[] {
    let size = 0;
    const first = this.queued.slice(0, GROUP_MAX);
    const full = first.findIndex(({ drafts }) => (size += sizeOf(drafts)) > GROUP_CHARACTERS_MAX);
    const taken = full === -1 ? first : first.slice(0, Math.max(1, full));
    this.queued = this.queued.slice(taken.length);
    return taken;
  }

  private async commit(appends: readonly Append[]): Promise<void> {
    let group: Group;
    try {
      const tail = await this.knownTail();
      await tail.recall(appends, this.storage);
      group = tail.link(appends);
      if (group.events.length > 0) await this.storage.write(group.events, group.erased);
      this.advance(tail, group.events);
    } catch (error) {
      this.fail();
      reject(appends, reasonOf(error));
      return;
    }
    if (group.events.length > 0) this.failing = false;
    for (const answer of group.answers) answer();
  }

  private async tryStorage(): Promise<void> {
    try {
      await this.storage.probe();
      // Includes what a commit left behind that failed after all was written.
      this.advance(await this.knownTail(), []);
      this.failing = false;
    } catch {
      this.fail();
    }
  }

  private async knownTail(): Promise<LogTail> {
    return (this.tail ??= await LogTail.read(this.storage));
  }

  private advance({ position }: LogTail, events: readonly RecordedEvent[]): void {
    this.position = position;
    this.committed(events);
  }

  /** What reached the disk is unknown, so the log is asked before the next commit. */
  private fail(): void {
    this.tail = undefined;
    this.failing = true;
  }

  /** False when `write` takes too long: it may still end some day, but nobody waits for it or joins it. */
  private async supervise(appends: readonly Append[], write: Promise<void>): Promise<boolean> {
    if (await isInTime(write, this.limits.commitTimeoutMs)) return true;
    this.hanging = true;
    void write.then(() => {
      this.hanging = false;
    });
    reject([...appends, ...this.queued], 'timeout');
    this.queued = [];
    return false;
  }
}

/** `work` never rejects. */
const isInTime = (work: Promise<void>, timeoutMs: number): Promise<boolean> =>
  new Promise((resolve) => {
    const timer = setTimeout(resolve, timeoutMs, false);
    void work.then(() => {
      clearTimeout(timer);
      resolve(true);
    });
  });

const reject = (appends: readonly Append[], reason: string): void => {
  for (const append of appends) append.reject(storeUnavailable({ reason }));
};

/** SQLite's symbolic code (`SQLITE_FULL`), which says more than its sentence and no path. */
const reasonOf = (error: unknown): string => {
  const { code } = error as { readonly code?: unknown };
  return typeof code === 'string' ? code : 'write failed';
};
