import { GENESIS, hashOf, type Envelope } from '@arbiter/audit';
import { closeSync, openSync, readFileSync, truncateSync, writeFileSync, writeSync } from 'node:fs';
import { ArbiterProcess } from '../support/arbiter-process';
import { ctlOf, runCtl, type CtlResult } from '../support/ctl-process';
import { LogCopy } from '../support/log-copy';

jest.setTimeout(60_000);

const AGENTS = 6;
/** Somewhere in the middle of the log, and not one that is erased. */
const MIDDLE = 5;
const ERASED = 3;

interface Result {
  readonly ok: boolean;
  readonly events?: number;
  readonly erased?: number;
  readonly head?: { readonly position: number; readonly hash: string };
  readonly finding?: { readonly position: number; readonly problem: string } | null;
  readonly integrity?: readonly string[];
  readonly error?: string;
  readonly last_good_position?: number;
}

let arbiter: ArbiterProcess;
let copies: LogCopy[] = [];
/** The log as it is, closed and in one file. */
let original: LogCopy;
let last: number;
let payloadBeforeErasure: string;

const copied = (database: string): LogCopy => {
  const copy = LogCopy.of(database);
  copies.push(copy);
  return copy;
};

const verify = async (database: string, ...options: string[]): Promise<Result & CtlResult> => {
  const result = await runCtl(['audit', 'verify', '--json', '--database', database, ...options]);
  return { ...result, ...(JSON.parse(result.stdout) as Result) };
};

/** The position that is reported after these statements have changed a copy of the log. */
const reported = async (...statements: readonly string[]): Promise<number | undefined> => {
  const copy = copied(original.database);
  await copy.tamper(...statements);
  const { ok, exitCode, finding } = await verify(copy.database);
  expect({ ok, exitCode }).toEqual({ ok: false, exitCode: 1 });
  return finding?.position;
};

beforeAll(async () => {
  arbiter = await ArbiterProcess.start();
  for (let index = 0; index < AGENTS; index += 1)
    await arbiter.admin('POST', '/agents', { owner: `user:${index}`, model: 'm' });
  const before = LogCopy.of(arbiter.database);
  const [payload] = await before.query(
    `SELECT quote(position) || ', ' || quote(salt) || ', ' || quote(data) AS row
     FROM event_payloads WHERE position = ${ERASED}`,
  );
  payloadBeforeErasure = String(payload?.['row']);
  before.remove();
  await arbiter.admin('POST', `/events/${ERASED}/erase`, { reason: 'asked for' });
  original = LogCopy.of(arbiter.database);
  const [end] = await original.query('SELECT max(position) AS position FROM events');
  last = Number(end?.['position']);
});

afterEach(() => {
  for (const copy of copies) copy.remove();
  copies = [];
});

afterAll(async () => {
  original.remove();
  await arbiter.dispose();
});

it('passes a log in use, with a payload that was erased the official way', async () => {
  const { exitCode, stdout } = await ctlOf(arbiter)('audit', 'verify');

  expect(exitCode).toBe(0);
  expect(stdout).toContain(`Events:   ${last} verified`);
  expect(stdout).toContain('Erased:   1 payload(s)');
  expect(stdout).toMatch(new RegExp(`^Head: {5}${last} [0-9a-f]{64}$`, 'm'));
});

it('passes an untouched copy, triggers or not, and changes nothing in it', async () => {
  const copy = copied(original.database);
  await copy.tamper();
  const before = readFileSync(copy.database);

  expect(await verify(copy.database, '--deep')).toMatchObject({
    ok: true,
    exitCode: 0,
    events: last,
    erased: 1,
    head: { position: last },
    finding: null,
    integrity: [],
  });
  expect(readFileSync(copy.database).equals(before)).toBe(true);
});

describe('reports a change of', () => {
  it.each([
    ['stream', "'agent/0'"],
    ['version', '1000'],
    ['id', "id || '0'"],
    ['type', "'agent.revoked'"],
    ['schema', 'schema + 1'],
    ['at', "'2020-01-01T00:00:00.000Z'"],
    ['actor_kind', "'agent'"],
    ['actor_id', "actor_id || 'x'"],
    ['tenant', "'t'"],
    ['correlation', "''"],
    ['causation', "'c'"],
    ['data_digest', "replace(data_digest, substr(data_digest, 1, 1), 'x')"],
    ['prev', 'upper(prev)'],
    ['hash', 'upper(hash)'],
  ])('events.%s', async (column, value) => {
    expect(await reported(`UPDATE events SET ${column} = ${value} WHERE position = ${MIDDLE}`)).toBe(
      MIDDLE,
    );
  });

  it.each([[1000], [0], [-1]])('events.position to %i', async (position) => {
    const found = await reported(
      `UPDATE events SET position = ${position} WHERE position = ${MIDDLE}`,
    );
    expect(found).toBe(Math.min(position, MIDDLE));
  });

  it.each([
    ['salt, in one letter', "salt = 'f' || substr(salt, 2)", "salt = '0' || substr(salt, 2)"],
    ['salt, in its case', 'salt = upper(salt)', "salt = salt || ' '"],
    ['data, in one letter', "data = replace(data, 'model', 'Model')", "data = data || ' '"],
    ['data, in its order', 'data = json_set(json_remove(data, \'$.owner\'), \'$.owner\', data ->> \'$.owner\')', "data = '{}'"],
  ])('event_payloads.%s', async (_what, ...changes) => {
    for (const change of changes)
      expect(
        await reported(`UPDATE event_payloads SET ${change} WHERE position = ${MIDDLE}`),
      ).toBe(MIDDLE);
  });
});
