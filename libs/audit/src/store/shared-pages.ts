import type { RecordedEvent } from './event-store';

type Page = Promise<readonly RecordedEvent[]>;

const PAGES_MAX = 2;

/**
 * Whoever follows the log from far behind asks for what the others ask for, at almost the same
 * time. Only for pages that are full, because those never change.
 */
export class SharedPages {
  private readonly pages = new Map<string, Page>();

  read(position: number, limit: number, load: () => Page): Page {
    const key = `${position}/${limit}`;
    const known = this.pages.get(key);
    if (known !== undefined) return known;
    const page = load();
    this.pages.set(key, page);
    page.catch(() => this.pages.delete(key));
    for (const oldest of this.pages.keys()) {
      if (this.pages.size <= PAGES_MAX) break;
      this.pages.delete(oldest);
    }
    return page;
  }

  forget(): void {
    this.pages.clear();
  }
}
