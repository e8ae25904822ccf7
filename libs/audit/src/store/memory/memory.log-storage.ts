import type { StoredEvent, StreamId } from '../../chain/envelope';
import { GENESIS, type Head } from '../../chain/hash-chain';
import type { EventFilter } from '../event-store';
import { LogStorage } from '../log-storage';

/** A log that is forgotten with the process. */
export class MemoryLogStorage extends LogStorage {
  private readonly log: StoredEvent[] = [];
  private readonly streams = new Map<StreamId, number[]>();

  readTail(): Promise<Head> {
    return Promise.resolve(this.log.at(-1)?.link ?? GENESIS);
  }

  versionsOf(streams: readonly StreamId[]): Promise<ReadonlyMap<StreamId, number>> {
    const versions = streams.flatMap((stream): [StreamId, number][] => {
      const positions = this.streams.get(stream);
      return positions === undefined ? [] : [[stream, positions.length]];
    });
    return Promise.resolve(new Map(versions));
  }

  write(events: readonly StoredEvent[], erased: readonly number[]): Promise<void> {
    for (const event of events) {
      const { stream, position } = event.link;
      this.log.push(event);
      const positions = this.streams.get(stream);
      if (positions === undefined) this.streams.set(stream, [position]);
      else positions.push(position);
    }
    for (const position of erased) {
      const event = this.log[position - 1];
      if (event !== undefined) this.log[position - 1] = { link: event.link, payload: undefined };
    }
    return Promise.resolve();
  }

  probe(): Promise<void> {
    return Promise.resolve();
  }

  readStream(stream: StreamId, afterVersion: number): Promise<readonly StoredEvent[]> {
    const positions = (this.streams.get(stream) ?? []).slice(afterVersion);
    return Promise.resolve(positions.flatMap((position) => this.log[position - 1] ?? []));
  }

  readAfter(position: number, limit: number, filter: EventFilter): Promise<readonly StoredEvent[]> {
    const found: StoredEvent[] = [];
    for (let index = position; index < this.log.length && found.length < limit; index += 1) {
      const event = this.log[index];
      if (event !== undefined && passes(event, filter)) found.push(event);
    }
    return Promise.resolve(found);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

const passes = ({ link }: StoredEvent, { stream, type }: EventFilter): boolean =>
  (stream === undefined || link.stream === stream) && (type === undefined || link.type === type);
