import { spawnSync } from 'node:child_process';
import { cpSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import sqlite3 from 'sqlite3';
import type { ArbiterProcess } from '../test/support/arbiter-process';
import { expectThat, good, refused, say } from './narration';

const CONTROL_COMMAND = join(process.cwd(), 'dist/apps/arbiter-ctl/main.js');

interface Shown {
  readonly position: number;
  readonly type: string;
  readonly actor: { readonly kind: string; readonly id: string };
  readonly hash: string;
  readonly data: {
    readonly calls?: readonly { readonly tool: string | null; readonly method: string }[];
    readonly reason?: string;
    readonly outcome?: string;
  } | null;
}

/** What happened, as the log tells it. */
export const showTrail = async (arbiter: ArbiterProcess): Promise<void> => {
  say('');
  say('The audit trail (GET /events): every decision was durable before anything was forwarded.');
  const { body } = await arbiter.admin('GET', '/events?limit=100');
  for (const { position, type, hash, data } of body['events'] as readonly Shown[]) {
    const subject = data?.calls?.map(({ tool, method }) => tool ?? method).join(', ') ?? '';
    const outcome = data?.reason ?? data?.outcome ?? '';
    const what = [subject, outcome].filter((part) => part !== '').join(' – ');
    say(`${String(position).padStart(4)}  ${hash.slice(0, 8)}…  ${type.padEnd(36)} ${what}`);
  }
};

/** The log verifies; a copy in which one word was changed does not. */
export const showVerification = async (database: string, directory: string): Promise<void> => {
  const sound = verify(database);
  expectThat(sound.status === 0, 'the log verifies');
  good(`arbiter-ctl audit verify → ${sound.output}`);

  const copy = join(directory, 'tampered.db');
  for (const suffix of ['', '-wal'])
    if (existsSync(`${database}${suffix}`)) cpSync(`${database}${suffix}`, `${copy}${suffix}`);
  await tamper(copy);
  say('Somebody with write access to a copy of the database turns a refusal into something else …');
  const tampered = verify(copy);
  expectThat(tampered.status === 1, 'the change is noticed');
  refused(`arbiter-ctl audit verify → ${tampered.output}`);
};

const verify = (database: string): { readonly status: number | null; readonly output: string } => {
  const args = [CONTROL_COMMAND, 'audit', 'verify', '--database', database];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, {
    encoding: 'utf8',
    timeout: 30_000,
  });
  return { status, output: `${stdout}${stderr}`.trim().replace(/\n/g, '\n     ') };
};

/** The triggers stop accidents, not an owner of the file; the chain notices him. */
const tamper = (database: string): Promise<void> =>
  new Promise((resolve, reject) => {
    const connection = new sqlite3.Database(database);
    const sql = `DROP TRIGGER payloads_are_not_changed;
      UPDATE event_payloads SET data = replace(data, 'session.budget-exhausted', 'session.tool-not-authorized')
      WHERE data LIKE '%session.budget-exhausted%'`;
    connection.exec(sql, (error) => {
      connection.close(() => {
        if (error === null) resolve();
        else reject(error);
      });
    });
  });
