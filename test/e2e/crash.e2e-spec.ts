import { CrashTest } from '../crash/crash-test';

/** `npm run test:crash -- --rounds 100` runs more of them. */
const ROUNDS = Number(process.env['ARBITER_CRASH_ROUNDS'] ?? 8);
const ROUND_TIMEOUT_MS = 30_000;

it(
  'loses nothing that was acknowledged or forwarded when it is killed under load',
  async () => {
    const seed = Date.now() % 2 ** 31;
    const report = () => undefined;
    const seen = await CrashTest.run({ rounds: ROUNDS, seed, report });

    // A test that killed an idle server has shown nothing.
    expect(Math.min(seen.received, seen.answered, seen.refused)).toBeGreaterThan(0);
    expect(seen.events).toBeGreaterThan(seen.received);
  },
  ROUNDS * ROUND_TIMEOUT_MS,
);
