import type { Command } from 'commander';
import { settingsOf } from './connection';
import { Failure, Reported } from './failure';
import { complain, jsonOf, print, printable } from './output';
import { progressLine } from './progress';
import type { Unreadable, Verified } from './verify-log';

interface VerifyCommandOptions {
  readonly database?: string;
  readonly deep?: true;
  readonly json?: true;
}

type Result = Verified | Unreadable;

const EXPLANATION = `
Reads the database itself and nothing else, and may do so while a server writes it. To verify a
copy, copy the -wal file with it. Exits with 1 when anything is wrong.
`;

export const addAuditVerify = (audit: Command): void => {
  audit
    .command('verify')
    .description('verify every event and payload of the log against its hash chain')
    .option('--database <path>', 'the database (default: ~/.arbiter/arbiter.db)')
    .option('--deep', 'also have SQLite check the whole file')
    .option('--json', 'print the result as JSON')
    .addHelpText('after', EXPLANATION)
    .action(async ({ database, deep, json }: VerifyCommandOptions, command: Command) => {
      const path = database ?? (await defaultDatabase(command));
      const { isSound, verifyLog } = await import('./verify-log.js');
      const progress = progressLine('events verified');
      const result = await verifyLog(path, { deep: deep ?? false, progress: progress.show });
      progress.clear();
      const ok = result.kind === 'verified' && isSound(result);
      if (json) print(jsonOf({ database: path, ok, ...wireOf(result) }));
      else tell(path, result, ok);
      if (!ok) throw new Reported();
    });
};

const defaultDatabase = async (command: Command): Promise<string> => {
  const { databasePath } = await settingsOf(command);
  if (databasePath === undefined)
    throw new Failure('no home directory is known: name the database with --database');
  return databasePath;
};

const wireOf = (result: Result): object => {
  if (result.kind === 'unreadable')
    return { error: result.problem, last_good_position: result.lastGoodPosition };
  const { events, erased, head, finding = null, integrity } = result;
  return { events, erased, head, finding, ...(integrity && { integrity }) };
};

const tell = (database: string, result: Result, ok: boolean): void => {
  print(`Database: ${printable(database)}`);
  if (result.kind === 'unreadable') {
    complain(
      `UNREADABLE after position ${result.lastGoodPosition}, up to which the log is sound: ${result.problem}`,
    );
    return;
  }
  const { events, erased, head, finding, integrity = [] } = result;
  print(`Events:   ${events} verified`);
  print(`Erased:   ${erased} payload(s), each on record`);
  print(`Head:     ${head.position} ${printable(head.hash)}`);
  if (finding !== undefined) print(`DAMAGED at position ${finding.position}: ${finding.problem}`);
  for (const damage of integrity) print(`DAMAGED file: ${printable(damage)}`);
  if (ok) print('The log is what its hashes commit to.');
};
