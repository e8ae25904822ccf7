import { callBody, openLoop, type Target } from '../load/load';
import type { Run } from '../plan';
import { rowOf, type Row } from '../row';
import { scoped } from '../scope';
import { median, percentile } from '../statistics';
import { startProxies } from './proxies';

const CALLS_PER_SECOND = 500;
const PERCENTILES = [0.5, 0.95];

/** What Arbiter adds to a call when nothing is saturated. */
export const measureAddedLatency = (run: Run): Promise<Row[]> =>
  scoped(run.scope, async (scope) => {
    const { bare, governed } = await startProxies(scope);
    const { warmUpMs, latencyMs, repetitions } = run.plan;
    run.progress(`added latency at ${CALLS_PER_SECOND}/s`);
    const latencies = async (target: Target, durationMs: number): Promise<readonly number[]> => {
      const order = { body: callBody(), perSecond: CALLS_PER_SECOND, durationMs };
      return (await openLoop(scope, { ...target, ...order })).latenciesMs;
    };
    await latencies(bare, warmUpMs);
    await latencies(governed, warmUpMs);
    const before: (readonly number[])[] = [];
    const after: (readonly number[])[] = [];
    for (let repetition = 0; repetition < repetitions; repetition += 1) {
      before.push(await latencies(bare, latencyMs));
      after.push(await latencies(governed, latencyMs));
    }
    return PERCENTILES.flatMap((fraction) => addedAt(fraction, before, after));
  });

const addedAt = (
  fraction: number,
  before: readonly (readonly number[])[],
  after: readonly (readonly number[])[],
): Row[] => {
  const at = (results: readonly (readonly number[])[]): number =>
    median(results.map((latenciesMs) => percentile(latenciesMs, fraction)));
  const [bareMs, governedMs] = [at(before), at(after)];
  const name = `p${fraction * 100}`;
  return [
    rowOf(`added-latency.${name}`, governedMs - bareMs, 'ms'),
    rowOf(`governed-call.500-per-second.${name}`, governedMs, 'ms', bareMs),
  ];
};
