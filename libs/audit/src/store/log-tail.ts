import { staleStream } from '@arbiter/domain';
import type { StreamId } from '../chain/envelope';
import { linkTo, type Head } from '../chain/hash-chain';
import type { EventDraft } from './draft';
import type { Receipt, RecordedEvent } from './event-store';
import type { LogStorage } from './log-storage';

const STREAMS_MAX = 50_000;

/** An append that waits for its turn. */
export interface Append {
  readonly stream: StreamId;
  readonly expectedVersion: number;
  readonly drafts: readonly EventDraft[];
  /** Positions whose payloads go in the same commit. */
  readonly erased: readonly number[];
  readonly resolve: (receipt: Receipt) => void;
  readonly reject: (reason: unknown) => void;
}

/** What one commit writes, and what each caller is told once it is durable. */
export interface Group {
  readonly events: readonly RecordedEvent[];
  readonly erased: readonly number[];
  readonly answers: readonly (() => void)[];
}

/** The end of the log as its only writer remembers it. A commit that fails makes it worthless. */
export class LogTail {
  private readonly versions = new Map<StreamId, number>();

  private constructor(private head: Head) {}

  static async read(storage: LogStorage): Promise<LogTail> {
    return new LogTail(await storage.readTail());
  }

  get position(): number {
    return this.head.position;
  }

  /** Looks up the versions of streams that nothing was appended to lately. */
  async recall(appends: readonly Append[], storage: LogStorage): Promise<void> {
    if (this.versions.size > STREAMS_MAX) this.versions.clear();
    const unknown = new Set<StreamId>();
    for (const { stream } of appends) if (!this.versions.has(stream)) unknown.add(stream);
    if (unknown.size === 0) return;
    const found = await storage.versionsOf([...unknown]);
    for (const stream of unknown) this.versions.set(stream, found.get(stream) ?? 0);
  }

  /** Links what has queued up, in order. A stale append drops out of the group alone. */
  link(appends: readonly Append[]): Group {
    const events: RecordedEvent[] = [];
    const erased: number[] = [];
    const answers = appends.map((append) => {
      const { stream, expectedVersion, drafts, resolve, reject } = append;
      const version = this.versions.get(stream) ?? 0;
      if (version !== expectedVersion)
        return () => {
          reject(staleStream({ stream, expectedVersion, version }));
        };
      for (const draft of drafts) events.push(this.extend(draft));
      erased.push(...append.erased);
      const receipt = { version: version + drafts.length, position: this.head.position };
      this.versions.set(stream, receipt.version);
      return () => {
        resolve(receipt);
      };
    });
    return { events, erased, answers };
  }

  private extend(draft: EventDraft): RecordedEvent {
    const stored = linkTo(this.head, draft);
    this.head = stored.link;
    return { ...stored, event: draft.event };
  }
}
