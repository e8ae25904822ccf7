import type { RecordedEvent } from './event-store';

const KEPT_MAX = 4_096;
const KEPT_CHARACTERS_MAX = 16 * 1024 * 1024;

/** The newest part of the log, so that those who follow it need not read back what was just written. */
export class RecentEvents {
  private events: RecordedEvent[] = [];
  private characters = 0;

  /** A gap to what is kept drops what is kept. */
  add(events: readonly RecordedEvent[]): void {
    const [first] = events;
    if (first === undefined) return;
    const last = this.events.at(-1);
    if (last !== undefined && last.link.position + 1 !== first.link.position) this.forget();
    for (const event of events) {
      this.events.push(event);
      this.characters += charactersOf(event);
    }
    if (this.isOver(2)) this.trim();
  }

  /** Undefined when what follows `position` is not kept here. */
  after(position: number, limit: number): readonly RecordedEvent[] | undefined {
    const [first] = this.events;
    if (first === undefined || position + 1 < first.link.position) return undefined;
    const start = position + 1 - first.link.position;
    // There may be more than is kept: what a commit wrote that failed all the same.
    if (start >= this.events.length) return undefined;
    return this.events.slice(start, start + limit);
  }

  forget(): void {
    this.events = [];
    this.characters = 0;
  }

  private isOver(times: number): boolean {
    return this.events.length > times * KEPT_MAX || this.characters > times * KEPT_CHARACTERS_MAX;
  }

  /** Seldom and by halves: taking one event off the front costs as much as taking many. */
  private trim(): void {
    let start = 0;
    let { characters } = this;
    for (; start < this.events.length; start += 1) {
      const isWithin = this.events.length - start <= KEPT_MAX && characters <= KEPT_CHARACTERS_MAX;
      if (isWithin) break;
      characters -= charactersOf(this.events[start]);
    }
    this.events = this.events.slice(start);
    this.characters = characters;
  }
}

const charactersOf = (event: RecordedEvent | undefined): number => event?.payload?.data.length ?? 0;
