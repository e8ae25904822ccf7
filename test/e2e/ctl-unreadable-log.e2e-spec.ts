import { SessionEnded, type AgentId, type Instant, type SessionId } from '@arbiter/domain';
import {
  closeSync,
  openSync,
  readFileSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { runCtl } from '../support/ctl-process';
import { openSqliteStore } from '../support/event-stores';
import { LogCopy } from '../support/log-copy';

jest.setTimeout(60_000);

const EVENTS = 3_000;
const PAGE_SIZE_AT = 16;
const ID = '6f1c2d3e-4b5a-4978-8a9b-0c1d2e3f4a5b';
const context = { actor: { kind: 'process', id: 'test' }, correlation: 'c' } as const;

/** A log of several thousand events, closed and in one file. */
let original: LogCopy;
let copy: LogCopy;

const ended = SessionEnded.of(
  { sessionId: ID as SessionId, agentId: ID as AgentId, reason: 'closed' },
  '2026-01-01T00:00:00.000Z' as Instant,
);

beforeAll(async () => {
  const opened = await openSqliteStore();
  const events = Array.from({ length: EVENTS }, () => ended);
  await opened.store.append(`session/${ID}`, 0, events, context);
  original = LogCopy.of(opened.database);
  await original.query('PRAGMA wal_checkpoint(TRUNCATE)');
  await opened.close();
});

beforeEach(() => {
  copy = LogCopy.of(original.database);
});

afterEach(() => {
  copy.remove();
});

afterAll(() => {
  original.remove();
});

const verify = async (database: string) => {
  const { exitCode, stdout } = await runCtl(['audit', 'verify', '--json', '--database', database]);
  return { exitCode, ...(JSON.parse(stdout) as { readonly last_good_position?: number }) };
};

it('passes the log as it was', async () => {
  expect(await verify(copy.database)).toMatchObject({ ok: true, exitCode: 0, events: EVENTS });
});

it('creates nothing where there is nothing', async () => {
  const missing = `${copy.database}.missing`;
  const { exitCode, stdout, stderr } = await runCtl(['audit', 'verify', '--database', missing]);

  expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
  expect(stderr).toContain(`there is no database ${missing}`);
  expect(statSync(missing, { throwIfNoEntry: false })).toBeUndefined();
});

it('refuses a directory', async () => {
  const directory = dirname(copy.database);
  const { exitCode, stderr } = await runCtl(['audit', 'verify', '--database', directory]);

  expect(exitCode).toBe(1);
  expect(stderr).toContain('is not a file');
});

it.each([
  ['text', 'not a database, but long enough to look at\n'.repeat(100), 'not a database'],
  ['nothing', '', 'not an Arbiter event log'],
])('says so when the file holds %s', async (_what, content, problem) => {
  writeFileSync(copy.database, content);

  expect(await verify(copy.database)).toMatchObject({
    ok: false,
    exitCode: 1,
    error: expect.stringContaining(problem),
    last_good_position: 0,
  });
});

it('says how far a damaged file is sound', async () => {
  // Rows are written in order, so the end of the file holds the newest.
  overwriteEnd(copy.database, 0.1);
  const { last_good_position: lastGood, ...result } = await verify(copy.database);

  expect(result).toMatchObject({
    ok: false,
    exitCode: 1,
    error: expect.stringContaining('the file is damaged'),
  });
  expect(lastGood).toBeGreaterThanOrEqual(1_000);
  expect(lastGood).toBeLessThan(EVENTS);

  const { stderr } = await runCtl(['audit', 'verify', '--database', copy.database]);
  expect(stderr).toContain(`UNREADABLE after position ${lastGood}`);
});

it('notices that the file was cut off', async () => {
  truncateSync(copy.database, Math.floor(statSync(copy.database).size / 2));

  expect(await verify(copy.database)).toMatchObject({ ok: false, exitCode: 1 });
});

it('has SQLite look at what no event refers to when asked to', async () => {
  await copy.tamper('CREATE INDEX by_type ON events (type)');
  // An index that no longer agrees with its table is no matter for the chain.
  await copy.tamper(
    'PRAGMA writable_schema = ON',
    "UPDATE sqlite_master SET sql = 'CREATE INDEX by_type ON events (id)' WHERE name = 'by_type'",
  );
  const args = ['audit', 'verify', '--database', copy.database];

  expect((await runCtl(args)).exitCode).toBe(0);
  const { exitCode, stdout } = await runCtl([...args, '--deep']);
  expect(exitCode).toBe(1);
  expect(stdout).toContain('DAMAGED file:');
});

/** Fills the last pages with what no page of a database looks like. */
const overwriteEnd = (path: string, share: number): void => {
  const pageBytes = readFileSync(path).readUInt16BE(PAGE_SIZE_AT);
  const pages = statSync(path).size / pageBytes;
  const noise = Buffer.alloc(pageBytes, 0xa5);
  const file = openSync(path, 'r+');
  for (let page = Math.floor(pages * (1 - share)); page < pages; page += 1)
    writeSync(file, noise, 0, pageBytes, page * pageBytes);
  closeSync(file);
};
