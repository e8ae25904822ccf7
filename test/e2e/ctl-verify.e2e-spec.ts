import { GENESIS, hashOf, type Envelope } from '@arbiter/audit';
import { existsSync, readFileSync } from 'node:fs';
import { ArbiterProcess } from '../support/arbiter-process';
import { ctlOf, runCtl, type CtlResult } from '../support/ctl-process';
import { LogCopy } from '../support/log-copy';

jest.setTimeout(60_000);

const AGENTS = 6;
/** Somewhere in the middle of the log, and not one that is erased. */
const MIDDLE = 6;
const ERASED = 3;

interface Result {
  readonly ok: boolean;
  readonly events?: number;
  readonly erased?: number;
  readonly head?: { readonly position: number; readonly hash: string };
  readonly finding?: { readonly position: number; readonly problem: string } | null;
  readonly integrity?: readonly string[];
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
  await arbiter.admin('POST', '/agents', { owner: 'user:last', model: 'm' });
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

it('passes a copy whose newest events are in its -wal file', async () => {
  const copy = copied(arbiter.database);

  expect(existsSync(`${copy.database}-wal`)).toBe(true);
  expect(await verify(copy.database)).toMatchObject({ ok: true, exitCode: 0, events: last });
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
    expect(
      await reported(`UPDATE events SET ${column} = ${value} WHERE position = ${MIDDLE}`),
    ).toBe(MIDDLE);
  });

  it.each([[1000], [0], [-1]])('events.position to %i', async (position) => {
    const found = await reported(
      `UPDATE events SET position = ${position} WHERE position = ${MIDDLE}`,
    );
    expect(found).toBe(Math.min(position, MIDDLE));
  });

  it.each([
    [
      'salt, in one letter',
      "salt = iif(salt LIKE '0%', '1', '0') || substr(salt, 2)",
      "salt = salt || ' '",
    ],
    ['salt, in its case', 'salt = upper(salt)'],
    ['data, in one letter', "data = replace(data, 'model', 'Model')", "data = data || ' '"],
    [
      'data, in its order',
      "data = json_set(json_remove(data, '$.owner'), '$.owner', data ->> '$.owner')",
      "data = '{}'",
    ],
  ])('event_payloads.%s', async (_what, ...changes) => {
    for (const change of changes)
      expect(await reported(`UPDATE event_payloads SET ${change} WHERE position = ${MIDDLE}`)).toBe(
        MIDDLE,
      );
  });
});

describe('reports', () => {
  const envelopeOf = 'stream, version, id, type, schema, at, actor_kind, actor_id, tenant';
  const rest = 'correlation, causation, data_digest, prev, hash';

  it.each([[1], [MIDDLE], ['last']])('the deletion of event %s', async (which) => {
    const position = which === 'last' ? last : which;
    const event = `DELETE FROM events WHERE position = ${position}`;
    const payload = `DELETE FROM event_payloads WHERE position = ${position}`;

    expect(await reported(event)).toBe(position);
    expect(await reported(event, payload)).toBe(position);
  });

  it('a gap that was closed by moving the rest up', async () => {
    const from = MIDDLE + 1;
    const moved = [];
    for (let position = from; position <= last; position += 1)
      moved.push(
        `UPDATE events SET position = ${position - 1} WHERE position = ${position}`,
        `UPDATE event_payloads SET position = ${position - 1} WHERE position = ${position}`,
      );
    const deleted = ['events', 'event_payloads'].map(
      (table) => `DELETE FROM ${table} WHERE position = ${MIDDLE}`,
    );

    expect(await reported(...deleted, ...moved)).toBe(MIDDLE);
  });

  it('two events that have changed places, with and without their payloads', async () => {
    const swap = (table: string): readonly string[] => [
      `UPDATE ${table} SET position = 0 WHERE position = ${MIDDLE}`,
      `UPDATE ${table} SET position = ${MIDDLE} WHERE position = ${MIDDLE + 2}`,
      `UPDATE ${table} SET position = ${MIDDLE + 2} WHERE position = 0`,
    ];

    expect(await reported(...swap('events'))).toBe(MIDDLE);
    expect(await reported(...swap('event_payloads'))).toBe(MIDDLE);
    expect(await reported(...swap('events'), ...swap('event_payloads'))).toBe(MIDDLE);
  });

  it('an event that was inserted between two others', async () => {
    const shifted = [];
    for (let position = last; position > MIDDLE; position -= 1)
      shifted.push(`UPDATE events SET position = ${position + 1} WHERE position = ${position}`);
    const inserted = `INSERT INTO events SELECT ${MIDDLE + 1}, 'agent/x', 1, 'x', type, schema, at,
      actor_kind, actor_id, tenant, ${rest} FROM events WHERE position = ${MIDDLE}`;

    expect(await reported(...shifted, inserted)).toBe(MIDDLE + 1);
  });

  it('a duplicate of an event at the end', async () => {
    const duplicate = `INSERT INTO events SELECT ${last + 1}, ${envelopeOf.replace('version', 'version + 100')}, ${rest}
      FROM events WHERE position = ${last}`;

    expect(await reported(duplicate)).toBe(last + 1);
  });

  it('an event at the end that is correctly linked, but was not recorded by the store', async () => {
    const [head = GENESIS] = await original.query('SELECT position, hash FROM log_head');
    const envelope = {
      position: last + 1,
      stream: 'agent/x',
      version: 1,
      id: 'x',
      type: 'agent.deactivated',
      schema: 1,
      at: '2030-01-01T00:00:00.000Z',
      actor: { kind: 'admin', id: 'default' },
      correlation: 'x',
      dataDigest: '0'.repeat(64),
      prev: String(head.hash),
    } as unknown as Envelope;
    const values = `${last + 1}, 'agent/x', 1, 'x', 'agent.deactivated', 1,
      '2030-01-01T00:00:00.000Z', 'admin', 'default', NULL, 'x', NULL,
      '${envelope.dataDigest}', '${envelope.prev}', '${hashOf(envelope)}'`;

    expect(await reported(`INSERT INTO events VALUES (${values})`)).toBe(last + 1);
  });

  it('a payload that is gone without a record of it', async () => {
    expect(await reported(`DELETE FROM event_payloads WHERE position = ${MIDDLE}`)).toBe(MIDDLE);
  });

  it('a payload that is gone, when only the table of erasures says so', async () => {
    const found = await reported(
      `DELETE FROM event_payloads WHERE position = ${MIDDLE}`,
      `INSERT INTO erasures VALUES (${MIDDLE})`,
    );
    expect(found).toBe(MIDDLE);
  });

  it('the payload of an erased event that is there again, be it the old one', async () => {
    const again = (row: string): Promise<number | undefined> =>
      reported(`INSERT INTO event_payloads VALUES (${row})`);

    expect(await again(`${ERASED}, '${'0'.repeat(32)}', '{}'`)).toBe(ERASED);
    expect(await again(payloadBeforeErasure)).toBe(ERASED);
  });

  it('a payload that belongs to no event', async () => {
    const stray = `INSERT INTO event_payloads VALUES (${last + 5}, '${'0'.repeat(32)}', '{}')`;

    expect(await reported(stray)).toBe(last + 5);
  });

  it.each([[1], [MIDDLE]])('a log that was cut off after event %i', async (kept) => {
    const cut = ['event_payloads', 'events'].map(
      (table) => `DELETE FROM ${table} WHERE position > ${kept}`,
    );

    // The record of the erasure is cut off too, so a payload that it explains comes first.
    expect(await reported(...cut)).toBe(kept < ERASED ? kept + 1 : ERASED);
    expect(await reported('DELETE FROM event_payloads', 'DELETE FROM events')).toBe(1);
  });

  it.each([['DELETE FROM log_head'], ["UPDATE log_head SET hash = 'x'"]])(
    'an end that is not where it was recorded to be: %s',
    async (statement) => {
      expect(await reported(statement)).toBe(last);
    },
  );
});
