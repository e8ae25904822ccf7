import { parseArgs } from 'node:util';
import { CrashTest } from './crash-test';

const USAGE = 'usage: npm run test:crash -- [--rounds N] [--seed N]\n';
const ROUNDS = '100';

/** `kill -9` at random moments under load, as often as asked for; exits with 1 when anything is lost. */
const main = async (): Promise<void> => {
  const { values } = parseArgs({
    options: { rounds: { type: 'string', default: ROUNDS }, seed: { type: 'string' } },
  });
  const rounds = Number(values.rounds);
  const seed = Number(values.seed ?? Date.now() % 2 ** 31);
  if (!Number.isSafeInteger(rounds) || rounds < 1 || !Number.isSafeInteger(seed))
    throw new Error(USAGE);
  const report = (line: string): void => {
    process.stdout.write(`${line}\n`);
  };
  report(`seed ${seed}`);
  const { events, received, answered, refused, interrupted } = await CrashTest.run({
    rounds,
    seed,
    report,
  });
  report(
    `${rounds} crashes survived: ${events} events, ${received} calls forwarded, ` +
      `${answered} answered, ${refused} refused, ${interrupted} interrupted; nothing lost`,
  );
};

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
