import type { DataSource } from 'typeorm';
import { GENESIS, type Head } from '../../chain/hash-chain';
import { ChainVerifier, type Finding, type Verification } from '../../chain/verify';
import { storedOf, type EventRow } from './event.row';

const PAGE = 'SELECT * FROM event_log WHERE position > ? ORDER BY position LIMIT ?';
const PAGE_MAX = 1000;
const STRAY_PAYLOAD = `SELECT position FROM event_payloads
  WHERE position NOT IN (SELECT position FROM events) ORDER BY position LIMIT 1`;

/**
 * Verifies the log in a database, reading only. One read transaction shows it as it is now, even
 * while a server goes on writing. `progress` is called after every page with the events so far.
 */
export const verifyDatabase = async (
  source: DataSource,
  progress: (events: number) => void = () => undefined,
): Promise<Verification> => {
  await source.query('BEGIN');
  try {
    return await verifySnapshot(source, progress);
  } finally {
    await source.query('COMMIT');
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

/** Every row in order. The next page is read while the caller is busy with this one. */
async function* pages(source: DataSource): AsyncGenerator<readonly EventRow[], void, undefined> {
  const after = (position: number): Promise<EventRow[]> => {
    const rows = source.query<EventRow[]>(PAGE, [position, PAGE_MAX]);
    rows.catch(() => undefined); // whoever awaits it is told
    return rows;
  };
  let next = after(Number.MIN_SAFE_INTEGER);
  try {
    for (;;) {
      const page = await next;
      const last = page.at(-1);
      if (last === undefined) return;
      next = after(last.position);
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
