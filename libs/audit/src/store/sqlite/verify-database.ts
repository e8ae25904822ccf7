import type { DataSource } from 'typeorm';
import { GENESIS, type Head } from '../../chain/hash-chain';
import { ChainVerifier, type Finding, type Verification } from '../../chain/verify';
import { storedOf, type EventRow } from './event.row';

/** The tables themselves: a view can be redefined to show what used to be there. */
const PAGE = `SELECT events.*, salt, data FROM events LEFT JOIN event_payloads USING (position)
  WHERE position > ? ORDER BY position LIMIT ?`;
const PAGE_MAX = 1000;
const STRAY_PAYLOAD = `SELECT position FROM event_payloads
  WHERE position NOT IN (SELECT position FROM events) ORDER BY position LIMIT 1`;

/**
 * Verifies the log in a database, reading only. One read transaction shows it as it is now, even
 * while a server goes on writing. `progress` is called after every page with the events so far, also
 * when the next one cannot be read: then it throws, and what was last told is the last good event.
 */
export const verifyDatabase = async (
  source: DataSource,
  progress: (events: number) => void = () => undefined,
): Promise<Verification> => {
  await source.query('BEGIN');
  try {
    return await verifySnapshot(source, progress);
  } finally {
    // Over already when the file could not be read, which is the error to report.
    await source.query('COMMIT').catch(() => undefined);
  }
};

const verifySnapshot = async (
  source: DataSource,
  progress: (events: number) => void,
): Promise<Verification> => {
  const verifier = new ChainVerifier();
  let events = 0;
  for await (const page of pages(source)) {
    if (!page.every((row) => verifier.accept(storedOf(row)))) break;
    events += page.length;
    progress(events);
  }
  const verification = verifier.finish(await recordedHead(source));
  return { ...verification, finding: earlier(verification.finding, await stray(source)) };
};

/**
 * Every row in order. The next page is read while the caller is busy with this one. A page that
 * cannot be read is read row by row, up to the row that cannot.
 */
async function* pages(source: DataSource): AsyncGenerator<readonly EventRow[], void, undefined> {
  let limit = PAGE_MAX;
  const after = (position: number): Promise<EventRow[]> => {
    const rows = source.query<EventRow[]>(PAGE, [position, limit]);
    rows.catch(() => undefined); // whoever awaits it is told
    return rows;
  };
  let position = Number.MIN_SAFE_INTEGER;
  let next = after(position);
  try {
    for (;;) {
      const page = await next.catch((error: unknown) => {
        if (limit === 1) throw error;
        limit = 1;
        return after(position);
      });
      const last = page.at(-1);
      if (last === undefined) return;
      ({ position } = last);
      next = after(position);
      yield page;
    }
  } finally {
    await next.catch(() => undefined); // the transaction ends after its last statement
  }
}

const recordedHead = async (source: DataSource): Promise<Head> => {
  const [head = GENESIS] = await source.query<Head[]>('SELECT position, hash FROM log_head');
  return head;
};

const stray = async (source: DataSource): Promise<Finding | undefined> => {
  const [row] = await source.query<{ position: number }[]>(STRAY_PAYLOAD);
  return row && { position: row.position, problem: 'a payload belongs to no event' };
};

const earlier = (a: Finding | undefined, b: Finding | undefined): Finding | undefined =>
  a === undefined || (b !== undefined && b.position < a.position) ? b : a;
