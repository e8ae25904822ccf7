import { writeFile } from 'node:fs/promises';
import 'reflect-metadata';
import { describeMachine } from './machine';
import { measureAddedLatency } from './measurements/added-latency';
import { measureAppends } from './measurements/durable-appends';
import { measureGovernedCalls } from './measurements/governed-calls';
import { measureLogReading } from './measurements/log-reading';
import { measureStartUp } from './measurements/start-up';
import { optionsOf, USAGE, type Options } from './options';
import { FULL, QUICK, type Run } from './plan';
import { updatePage } from './report/page';
import { tableOf } from './report/table';
import type { Row } from './row';
import { Scope } from './scope';

const SIGNALS = { SIGINT: 130, SIGTERM: 143 } as const;

const measurements: Readonly<Record<string, (run: Run) => Promise<Row[]>>> = {
  calls: measureGovernedCalls,
  latency: measureAddedLatency,
  appends: measureAppends,
  log: measureLogReading,
  start: measureStartUp,
};

const main = async (): Promise<void> => {
  const options = readOptions();
  if (options === undefined) return;
  const scope = new Scope();
  endOnSignals(scope);
  try {
    await report(await measure(options, scope), options);
  } finally {
    await scope.close();
  }
};

const readOptions = (): Options | undefined => {
  try {
    const options = optionsOf(process.argv.slice(2));
    if (options.only === undefined || options.only in measurements) return options;
    process.stderr.write(`There is no measurement ${options.only}.\n\n${USAGE}`);
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`);
  }
  process.exitCode = 2;
  return undefined;
};

const endOnSignals = (scope: Scope): void => {
  for (const [signal, code] of Object.entries(SIGNALS))
    process.once(signal, () => {
      void scope.close().finally(() => process.exit(code));
    });
};

const measure = async ({ only, quick }: Options, scope: Scope): Promise<readonly Row[]> => {
  const startedMs = performance.now();
  const progress = (message: string): void => {
    const seconds = Math.round((performance.now() - startedMs) / 1_000);
    process.stderr.write(`${String(seconds).padStart(4)} s  ${message}\n`);
  };
  const run: Run = { plan: quick ? QUICK : FULL, scope, progress };
  const rows: Row[] = [];
  for (const [name, take] of Object.entries(measurements))
    if (only === undefined || only === name) rows.push(...(await take(run)));
  return rows;
};

const report = async (
  rows: readonly Row[],
  { json, markdown }: Pick<Options, 'json' | 'markdown'>,
): Promise<void> => {
  const machine = describeMachine();
  process.stdout.write(`\n${machine}\n\n${tableOf(rows)}\n`);
  if (json !== undefined) await writeFile(json, `${JSON.stringify(rows, null, 2)}\n`);
  if (markdown !== undefined) await updatePage(markdown, machine, rows);
};

main().catch((error: unknown) => {
  process.stderr.write(
    `${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
  );
  process.exitCode = 1;
});
