import {
  CommittingEventStore,
  SqliteLogStorage,
  verifyDatabase,
  type EventContext,
  type EventStore,
  type StreamId,
} from '@arbiter/audit';
import { AgentSessionAdmitted, type AgentId, type Instant, type SessionId } from '@arbiter/domain';
import type { DataSources } from '@arbiter/infra';
import fc from 'fast-check';
import { openSqliteLog, openSqliteStore, type OpenedSqlite } from '../support/event-stores';
import { eventually } from '../support/waiting';

const at = '2026-01-01T10:00:00.000Z' as Instant;
const agentId = '00000000-0000-4000-8000-00000000000a' as AgentId;
const sessionId = '00000000-0000-4000-8000-00000000000b' as SessionId;
const context: EventContext = { actor: { kind: 'admin', id: 'test' }, correlation: 'c' };
const event = AgentSessionAdmitted.of({ agentId, sessionId }, at);
const unavailable = { code: 'store.unavailable' };

const COLUMNS = `stream, version, id, type, schema, at, actor_kind, actor_id, tenant, correlation,
  causation, data_digest, prev, hash`;
const copyOf = (from: number, to: string, version: string) =>
  `SELECT ${to}, stream, ${version}, ${COLUMNS.split(', ').slice(2).join(', ')}
   FROM events WHERE position = ${from}`;

describe('the SQLite store', () => {
  let opened: OpenedSqlite;
  let store: EventStore;

  const sql = <T = unknown>(statement: string, source: keyof DataSources = 'writer') =>
    (opened.sources[source] as DataSources['writer']).query<T[]>(statement);
  const append = (stream: StreamId, version: number, count = 1) =>
    store.append(stream, version, Array(count).fill(event), context);
  const contents = async () => ({
    events: await sql('SELECT * FROM events ORDER BY position'),
    payloads: await sql('SELECT * FROM event_payloads ORDER BY position'),
    head: await sql('SELECT position, hash FROM log_head'),
  });
  const verification = () => verifyDatabase(opened.sources.reader);

  beforeEach(async () => {
    opened = await openSqliteStore();
    ({ store } = opened);
    await append('agent/1', 0, 3);
  });
  afterEach(() => opened.close());

  describe('refuses, whoever asks,', () => {
    it.each([
      ['a changed event', "UPDATE events SET actor_id = 'x' WHERE position = 2"],
      ['a changed position', 'UPDATE events SET position = 9 WHERE position = 3'],
      ['a deleted event', 'DELETE FROM events WHERE position = 3'],
      ['a log that is emptied', 'DELETE FROM events'],
      ['a replaced event', `REPLACE INTO events ${copyOf(2, '2', 'version')}`],
      ['a replaced version', `REPLACE INTO events ${copyOf(2, '4', '2')}`],
      [
        'an event that is inserted or else updated',
        `INSERT INTO events ${copyOf(2, '2', 'version')} ON CONFLICT DO UPDATE SET actor_id = 'x'`,
      ],
      ['an event after a gap', `INSERT INTO events ${copyOf(3, '5', '4')}`],
      ['an event before the first', `INSERT INTO events ${copyOf(1, '0', '4')}`],
      ['a version after a gap', `INSERT INTO events ${copyOf(3, '4', '5')}`],
      ['a changed payload', "UPDATE event_payloads SET data = '{}' WHERE position = 2"],
      ['a replaced payload', "REPLACE INTO event_payloads VALUES (2, 'x', '{}')"],
      [
        'a payload that is inserted or else updated',
        "INSERT INTO event_payloads VALUES (2, 'x', '{}') ON CONFLICT DO UPDATE SET data = '{}'",
      ],
      ['a payload of no event', "INSERT INTO event_payloads VALUES (9, 'x', '{}')"],
      ['a payload that is deleted off the record', 'DELETE FROM event_payloads WHERE position = 2'],
    ])('%s', async (_what, statement) => {
      const before = await contents();
      await expect(sql(statement)).rejects.toMatchObject({ code: 'SQLITE_CONSTRAINT' });
      expect(await contents()).toEqual(before);
    });

    it('a payload in the place of one that was erased', async () => {
      await store.erase([2], 'asked', { ...context, at });
      const before = await contents();
      const back = "INSERT INTO event_payloads VALUES (2, 'x', '{}')";
      await expect(sql(back)).rejects.toMatchObject({ code: 'SQLITE_CONSTRAINT' });
      expect(await contents()).toEqual(before);
    });

    it('anything at all on the connection that reads', async () => {
      await expect(sql('DELETE FROM probes', 'reader')).rejects.toMatchObject({
        code: 'SQLITE_READONLY',
      });
    });
  });

  it('is set up so that what was committed survives a power failure', async () => {
    expect(await sql('PRAGMA journal_mode')).toEqual([{ journal_mode: 'wal' }]);
    expect(await sql('PRAGMA synchronous')).toEqual([{ synchronous: 2 }]);
    expect(await sql('PRAGMA foreign_keys')).toEqual([{ foreign_keys: 1 }]);
  });

  it('records where the log ends with every commit', async () => {
    const [last] = await store.readAfter(2, 1);
    expect(await sql('SELECT * FROM log_head')).toEqual([
      { only: 1, position: 3, hash: last?.link.hash },
    ]);
  });

  it('goes on linking where it ended, over erasures and restarts', async () => {
    await store.erase([1, 3], 'asked', { ...context, at });
    store = await opened.reopen();
    await append('agent/1', 3);
    await store.erase([5], 'asked', { ...context, at });
    store = await opened.reopen();
    await append('agent/2', 0);
    const reader = await openSqliteLog(opened.database);
    expect(await verifyDatabase(reader.reader)).toMatchObject({
      events: 7,
      erased: 3,
      finding: undefined,
    });
    await reader.close();
  });

  it('tells every caller when the log has grown behind its back, and then goes on', async () => {
    const sources = await openSqliteLog(opened.database);
    const other = await CommittingEventStore.open(await SqliteLogStorage.open(sources));
    await other.append('agent/1', 3, [event], context);

    const outcomes = await Promise.allSettled([append('agent/1', 3), append('agent/2', 0)]);
    expect(outcomes).toMatchObject([{ reason: unavailable }, { reason: unavailable }]);

    await expect(append('agent/1', 3)).rejects.toMatchObject({ code: 'stream.stale' });
    await expect(append('agent/1', 4)).resolves.toEqual({ version: 5, position: 5 });
    expect(store.health).toBe('writable');
    expect((await verification()).finding).toBeUndefined();
    await other.close();
    await sources.close();
  });

  it('writes all or nothing on a full disk, says so, and recovers by itself', async () => {
    const [{ page_count: pages } = { page_count: 0 }] = await sql<{ page_count: number }>(
      'PRAGMA page_count',
    );
    await sql(`PRAGMA max_page_count = ${pages}`);
    let recorded = 3;
    const appendOne = () => append('agent/1', recorded);
    const isRecorded = () =>
      appendOne().then(
        () => true,
        () => false,
      );
    while (await isRecorded()) recorded += 1;
    await expect(Promise.all([appendOne(), append('agent/2', 0, 5)])).rejects.toMatchObject({
      ...unavailable,
      details: { reason: 'SQLITE_FULL' },
    });
    await expect(store.erase([1], 'asked', { ...context, at })).rejects.toMatchObject(unavailable);
    expect(store.health).toBe('failing');
    expect(await verification()).toMatchObject({ events: recorded, erased: 0, finding: undefined });

    await sql('PRAGMA max_page_count = 1000000');
    await eventually('the store can write again', () => store.health === 'writable' || undefined);
    await store.erase([1], 'asked', { ...context, at });
    await append('agent/1', recorded);
    // Through a connection of its own: what was acknowledged is committed, not merely written.
    const others = await openSqliteLog(opened.database);
    expect(await verifyDatabase(others.reader)).toMatchObject({
      events: recorded + 2,
      erased: 1,
      finding: undefined,
    });
    await others.close();
  });

  it('keeps positions and versions gapless, however appends interleave', async () => {
    const anyAppend = fc.record({
      stream: fc.integer({ min: 2, max: 5 }),
      count: fc.integer({ min: 1, max: 4 }),
      /** How far off the caller's idea of the stream is. */
      offset: fc.constantFrom(0, 0, 0, 1, -1),
      waits: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(anyAppend, { maxLength: 40 }), async (appends) => {
        const log = await store.readAfter(0, 1_000_000);
        const versions = new Map<string, number>();
        for (const { link } of log) versions.set(link.stream, link.version);
        const pending: Promise<unknown>[] = [];
        for (const { stream: n, count, offset, waits } of appends) {
          const stream: StreamId = `agent/${n}`;
          const version = versions.get(stream) ?? 0;
          pending.push(append(stream, version + offset, count).catch(() => undefined));
          if (offset === 0) versions.set(stream, version + count);
          if (waits) await Promise.all(pending);
        }
        await Promise.all(pending);
        expect((await verification()).finding).toBeUndefined();
        const all = await store.readAfter(0, 1_000_000);
        expect(all.map(({ link }) => link.position)).toEqual(all.map((_event, n) => n + 1));
        for (const [stream, version] of versions)
          expect((await store.load(stream as StreamId)).map(({ link }) => link.version)).toEqual(
            Array.from({ length: version }, (_, n) => n + 1),
          );
      }),
      { numRuns: 25 },
    );
  });
});
