import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Findings } from './findings';
import { Secret } from './secret';
import { createStateSecret, readStateSecret } from './state-directory';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'arbiter-state-'));
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

const file = (): string => join(folder, 'admin_api_key');

/** Compiles as it loads, in a process of its own; starts each round at an instant that all of them are told. */
const CHILD = `
const { transformFileSync } = require('@swc/core');
const options = { jsc: { parser: { syntax: 'typescript' }, target: 'es2022' }, module: { type: 'commonjs' } };
require.extensions['.ts'] = (module, path) => module._compile(transformFileSync(path, options).code, path);
const { loadConfig } = require(${JSON.stringify(join(__dirname, 'load-config.ts'))});
const [folder, rounds] = process.argv.slice(1);
const round = (startAt, number) => {
  while (Date.now() < startAt + number * 20);
  const home = folder + '/' + number;
  const { config, announcements } = loadConfig({ argv: [], env: {}, cwd: folder, home });
  return [config.admin.apiKey.reveal(), config.admin.signingSecret.reveal(), announcements.length];
};
process.once('message', (startAt) => {
  const results = Array.from({ length: Number(rounds) }, (_, number) => round(startAt, number));
  process.send(results, () => process.disconnect());
});
process.send('ready');
`;

type Result = readonly [apiKey: string, signingSecret: string, announced: number];

const answerOf = async (child: ChildProcess): Promise<unknown> => {
  const [message] = (await once(child, 'message')) as [unknown];
  return message;
};

it('ends with one secret, however many processes start at once', async () => {
  const rounds = 20;
  const children = Array.from({ length: 4 }, () =>
    spawn(process.execPath, ['-e', CHILD, folder, String(rounds)], {
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    }),
  );
  await Promise.all(children.map(answerOf));
  const startAt = Date.now() + 50;
  const answers = await Promise.all(
    children.map((child) => {
      const answer = answerOf(child) as Promise<readonly Result[]>;
      child.send(startAt);
      return answer;
    }),
  );

  for (let round = 0; round < rounds; round++) {
    const results = answers.flatMap((each) => each.slice(round, round + 1));
    expect(results).toHaveLength(children.length);
    expect(new Set(results.map(([apiKey, signing]) => `${apiKey} ${signing}`)).size).toBe(1);
    expect(results.reduce((sum, [, , announced]) => sum + announced, 0)).toBe(2);
    expect(readdirSync(join(folder, String(round), '.arbiter')).sort()).toEqual([
      'admin_api_key',
      'signing_secret',
    ]);
  }
}, 30_000);

it('keeps the first of two secrets and leaves no draft behind', () => {
  const created = ['first', 'second'].map((text) =>
    createStateSecret(folder, 'admin_api_key', new Secret(text)),
  );

  expect(created).toEqual([true, false]);
  expect(readStateSecret(file(), new Findings())?.reveal()).toBe('first');
  expect(readdirSync(folder)).toEqual(['admin_api_key']);
});

it('hides a secret that others could read, and says so', () => {
  writeFileSync(file(), 'secret\n');
  chmodSync(file(), 0o644);
  const findings = new Findings();

  expect(readStateSecret(file(), findings)?.reveal()).toBe('secret');
  expect(statSync(file()).mode & 0o777).toBe(0o600);
  expect(findings.warnings).toEqual([expect.stringContaining('0600')]);
});

it.each([
  ['is empty', ' \n', /is empty; remove it/],
  ['is too large', 'x'.repeat(5000), /larger than 4096 bytes/],
])('refuses a file that %s', (_, text, message) => {
  writeFileSync(file(), text, { mode: 0o600 });
  const findings = new Findings();

  expect(readStateSecret(file(), findings)).toBeUndefined();
  expect(findings.problems).toEqual([expect.stringMatching(message)]);
});

it('refuses what is not a file, and finds nothing where nothing is', () => {
  const findings = new Findings();

  expect(readStateSecret(file(), findings)).toBeUndefined();
  expect(findings.problems).toEqual([]);
  expect(readStateSecret(folder, findings)).toBeUndefined();
  expect(findings.problems).toEqual([expect.stringContaining('EISDIR')]);
});
