import type { RecordedEvent } from './event-store';

const KEPT_MAX = 4_096;

/** The newest part of the log, so that those who follow it need not read back what was just written. */
export class RecentEvents {
  private events: RecordedEvent[] = [];

  /** `position` is that of the first event given; a gap to what is kept drops what is kept. */
  add(events: readonly RecordedEvent[]): void {
    const [first] = events;
    if (first === undefined) return;
    const last = this.events.at(-1);
    if (last !== undefined && last.link.position + 1 !== first.link.position) this.events = [];
    for (const event of events) this.events.push(event);
    if (this.events.length > 2 * KEPT_MAX) this.events = this.events.slice(-KEPT_MAX);
  }

  /** Undefined when what follows `position` is not kept here. */
  after(position: number, limit: number): readonly RecordedEvent[] | undefined {
    const [first] = this.events;
    if (first === undefined || position + 1 < first.link.position) return undefined;
    const start = position + 1 - first.link.position;
    return this.events.slice(start, start + limit);
  }

  forget(): void {
    this.events = [];
  }
}
