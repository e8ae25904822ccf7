import type { ArbiterProcess } from './arbiter-process';
import { eventually } from './waiting';

const PAGE = 1000;

export interface LoggedEvent {
  readonly position: number;
  readonly stream: string;
  readonly version: number;
  readonly type: string;
  readonly correlation: string;
  readonly data: Readonly<Record<string, unknown>>;
}

interface Filter {
  readonly stream?: string;
  readonly type?: string;
}

/** Every event that matches, in order, page by page. */
export const eventsOf = async (
  arbiter: ArbiterProcess,
  filter: Filter = {},
): Promise<readonly LoggedEvent[]> => {
  const events: LoggedEvent[] = [];
  for (let after = 0; ; after = events.at(-1)?.position ?? after) {
    const query = new URLSearchParams({ ...filter, after: String(after), limit: String(PAGE) });
    const { status, body } = await arbiter.admin('GET', `/events?${query.toString()}`);
    if (status !== 200) throw new Error(`GET /events answered ${status}: ${JSON.stringify(body)}`);
    const page = body['events'] as readonly LoggedEvent[];
    events.push(...page);
    if (page.length < PAGE) return events;
  }
};

/** An event that is recorded after the answer it belongs to has gone out. */
export const eventFollowing = (
  arbiter: ArbiterProcess,
  filter: Filter,
  matches: (event: LoggedEvent) => boolean = () => true,
): Promise<LoggedEvent> =>
  eventually(`an event ${JSON.stringify(filter)} is recorded`, async () =>
    (await eventsOf(arbiter, filter)).find(matches),
  );
