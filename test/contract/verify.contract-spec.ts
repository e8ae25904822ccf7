import { verifyDatabase, type EventContext, type Verification } from '@arbiter/audit';
import { AgentRegistered, type AgentId, type Instant, type TenantId } from '@arbiter/domain';
import { openReadOnly } from '@arbiter/infra';
import fc from 'fast-check';
import { readFileSync, writeFileSync } from 'node:fs';
import { openSqliteStore, type OpenedSqlite } from '../support/event-stores';
import { LogCopy } from '../support/log-copy';

jest.setTimeout(120_000);

const at = '2026-01-01T10:00:00.000Z' as Instant;
const agentId = '00000000-0000-4000-8000-00000000000a' as AgentId;
const EVENTS = 8;
const ERASED = 3;
/** Of the record of the erasure. */
const RECORD = 5;

const envelopeColumns = [
  'stream',
  'id',
  'type',
  'at',
  'actor_kind',
  'actor_id',
  'tenant',
  'correlation',
  'causation',
  'data_digest',
  'prev',
  'hash',
] as const;

let opened: OpenedSqlite;
/** The log as it is, closed and in one file. */
let original: LogCopy;
const progress: number[] = [];

const context = (n: number): EventContext => ({
  actor: { kind: 'admin', id: `ops-${n}` },
  tenant: `tenant-${n}` as TenantId,
  correlation: `correlation-${n}`,
  causation: `cause-${n}`,
});

const registered = (n: number) =>
  AgentRegistered.of(
    { agentId, owner: `ü${n}`, model: 'm', capabilities: [], trustLevel: 'basic', expiresAt: null },
    at,
  );

const verified = async (database: string): Promise<Verification> => {
  const source = await openReadOnly(database);
  progress.length = 0;
  try {
    return await verifyDatabase(source, (events) => progress.push(events));
  } finally {
    await source.destroy();
  }
};

/** The position that is reported after these statements have changed a copy of the log. */
const reported = async (...statements: readonly string[]): Promise<number | undefined> => {
  const copy = LogCopy.of(original.database);
  try {
    await copy.tamper(...statements);
    return (await verified(copy.database)).finding?.position;
  } finally {
    copy.remove();
  }
};

beforeAll(async () => {
  opened = await openSqliteStore();
  const { store } = opened;
  for (let n = 1; n <= 4; n += 1)
    await store.append(`agent/${n % 2}`, Math.ceil(n / 2) - 1, [registered(n)], context(n));
  await store.erase([ERASED], 'asked for', { ...context(5), at });
  for (let n = 6; n <= EVENTS; n += 1)
    await store.append('agent/late', n - 6, [registered(n)], context(n));
  original = LogCopy.of(opened.database);
  await original.tamper();
});

afterAll(async () => {
  original.remove();
  await opened.close();
});

const anyPosition = fc.integer({ min: 1, max: EVENTS });
const anyKept = anyPosition.filter((position) => position !== ERASED);

it('passes a log that nobody touched, in use or copied', async () => {
  for (const database of [opened.database, original.database])
    expect(await verified(database)).toMatchObject({
      events: EVENTS,
      erased: 1,
      head: { position: EVENTS },
      finding: undefined,
    });
});

it('reports any changed character of any column of an event, where it is', async () => {
  await fc.assert(
    fc.asyncProperty(
      anyPosition,
      fc.constantFrom(...envelopeColumns),
      fc.nat(100),
      async (position, column, offset) => {
        const at = `${offset} % length(${column}) + 1`;
        const changed = `substr(${column}, 1, ${at} - 1)
          || CASE substr(${column}, ${at}, 1) WHEN 'e' THEN 'f' ELSE 'e' END
          || substr(${column}, ${at} + 1)`;
        const change = `UPDATE events SET ${column} = ${changed} WHERE position = ${position}`;
        expect(await reported(change)).toBe(position);
      },
    ),
    { numRuns: 60 },
  );
});

it.each(['version', 'schema'])('reports another %s', async (column) => {
  const change = `UPDATE events SET ${column} = ${column} + 100 WHERE position = 4`;
  expect(await reported(change)).toBe(4);
});

it.each(['tenant', 'causation'])('reports a %s that is gone or empty', async (column) => {
  expect(await reported(`UPDATE events SET ${column} = NULL WHERE position = 4`)).toBe(4);
  expect(await reported(`UPDATE events SET ${column} = '' WHERE position = 4`)).toBe(4);
});

it('reports any changed character of a payload', async () => {
  await fc.assert(
    fc.asyncProperty(
      anyKept,
      fc.constantFrom('salt', 'data'),
      fc.nat(100),
      async (position, column, offset) => {
        const at = `${offset} % length(${column}) + 1`;
        const changed = `substr(${column}, 1, ${at} - 1)
          || CASE substr(${column}, ${at}, 1) WHEN 'e' THEN 'f' ELSE 'e' END
          || substr(${column}, ${at} + 1)`;
        const change = `UPDATE event_payloads SET ${column} = ${changed} WHERE position = ${position}`;
        expect(await reported(change)).toBe(position);
      },
    ),
    { numRuns: 30 },
  );
});

it('reports rows that were deleted, moved or swapped, and payloads that were', async () => {
  await fc.assert(
    fc.asyncProperty(anyKept, anyKept, async (one, other) => {
      fc.pre(one !== other);
      const first = Math.min(one, other);
      expect(await reported(`DELETE FROM events WHERE position = ${one}`)).toBe(one);
      expect(await reported(`DELETE FROM event_payloads WHERE position = ${one}`)).toBe(one);
      for (const table of ['events', 'event_payloads'])
        expect(
          await reported(
            `UPDATE ${table} SET position = -1 WHERE position = ${one}`,
            `UPDATE ${table} SET position = ${one} WHERE position = ${other}`,
            `UPDATE ${table} SET position = ${other} WHERE position = -1`,
          ),
        ).toBe(first);
    }),
    { numRuns: 15 },
  );
});

it('reports rows that do not belong to the log', async () => {
  const copyOf = (position: number, to: number) =>
    `INSERT INTO events SELECT ${to}, 'agent/x', version, id, type, schema, at, actor_kind, actor_id,
       tenant, correlation, causation, data_digest, prev, hash FROM events WHERE position = ${position}`;
  expect(await reported(copyOf(4, EVENTS + 1))).toBe(EVENTS + 1);
  expect(await reported(copyOf(4, 0))).toBe(0);
  const payload = `INSERT INTO event_payloads VALUES (${EVENTS + 3}, 'x', 'y')`;
  expect(await reported(payload)).toBe(EVENTS + 3);
});

it('reports an erasure that was not recorded, and one whose record is gone', async () => {
  expect(await reported('DELETE FROM event_payloads WHERE position = 7')).toBe(7);
  expect(await reported(`DELETE FROM event_payloads WHERE position = ${RECORD}`)).toBe(RECORD);
  const again = `INSERT INTO event_payloads SELECT ${ERASED}, salt, data FROM event_payloads WHERE position = 1`;
  expect(await reported(again)).toBe(ERASED);
});

it('reads the events, not a view that shows what used to be there', async () => {
  const view = 'DROP VIEW event_log; CREATE VIEW event_log AS SELECT * FROM kept';
  expect(
    await reported(
      'CREATE TABLE kept AS SELECT * FROM event_log',
      "UPDATE events SET actor_id = 'nobody' WHERE position = 2",
      view,
    ),
  ).toBe(2);
});

describe('the file itself', () => {
  const PAGE_BYTES = 4096;
  let bytes: Buffer;
  let copy: LogCopy;
  let roots: readonly number[];

  beforeAll(async () => {
    copy = LogCopy.of(original.database);
    bytes = readFileSync(copy.database);
    const tables = await copy.query(
      "SELECT rootpage FROM sqlite_master WHERE name IN ('events', 'event_payloads')",
    );
    roots = tables.map(({ rootpage }) => Number(rootpage));
  });
  afterAll(() => {
    copy.remove();
  });

  /** Everything that the tables hold, to the byte and the type. */
  const contents = async (): Promise<string> => {
    const exact = (columns: readonly string[]) =>
      columns.map((column) => `typeof(${column}) || hex(${column})`).join(` || ',' || `);
    const all = ['position', 'version', 'schema', ...envelopeColumns];
    const rows = [
      ...(await copy.query(`SELECT ${exact(all)} AS row FROM events ORDER BY position`)),
      ...(await copy.query(
        `SELECT ${exact(['position', 'salt', 'data'])} AS row FROM event_payloads ORDER BY position`,
      )),
    ];
    return rows.map(({ row }) => row).join('\n');
  };

  it('cannot change by a bit that matters without being reported', async () => {
    const before = await contents();
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...roots), fc.nat(PAGE_BYTES * 8 - 1), async (root, bit) => {
        const changed = Buffer.from(bytes);
        const index = (root - 1) * PAGE_BYTES + (bit >> 3);
        changed[index] = (changed[index] ?? 0) ^ (1 << (bit & 7));
        writeFileSync(copy.database, changed);
        const isNoticed = await verified(copy.database).then(
          ({ finding }) => finding !== undefined,
          (error: unknown) => (error as { readonly code?: string }).code === 'SQLITE_CORRUPT',
        );
        // Free space may hold anything: nobody reads it.
        expect(isNoticed || (await contents()) === before).toBe(true);
      }),
      { numRuns: 1_000 },
    );
  });

  it('tells up to which event it can be read, to the event', async () => {
    const large = await openSqliteStore();
    const many = Array.from({ length: 2_500 }, (_, n) => registered(n + 1));
    await large.store.append('agent/1', 0, many, context(1));
    const damaged = LogCopy.of(large.database);
    await damaged.tamper();
    const file = readFileSync(damaged.database);
    const inPage = file.indexOf('"owner":"ü1500"');
    const start = inPage - (inPage % PAGE_BYTES);
    file.fill(0xff, start, start + PAGE_BYTES);
    writeFileSync(damaged.database, file);

    await expect(verified(damaged.database)).rejects.toMatchObject({ code: 'SQLITE_CORRUPT' });
    const lastGood = progress.at(-1) ?? 0;
    const payload = (position: number) =>
      damaged.query(`SELECT data FROM event_payloads WHERE position = ${position}`);
    await expect(payload(lastGood)).resolves.toHaveLength(1);
    await expect(payload(lastGood + 1)).rejects.toMatchObject({ code: 'SQLITE_CORRUPT' });

    await large.close();
    damaged.remove();
  });
});
