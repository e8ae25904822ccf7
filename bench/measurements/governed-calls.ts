import { callBody, closedLoop, type LoadResult, type Target } from '../load/load';
import { residentMiB } from '../machine';
import type { Run } from '../plan';
import { rowOf, type Row } from '../row';
import { scoped } from '../scope';
import { median, percentile } from '../statistics';
import { startProxies, type Proxies } from './proxies';

const CONNECTIONS = [1, 32, 64];
const PERCENTILES = [0.5, 0.95, 0.99];
const SAMPLE_EVERY_MS = 100;

interface Figures {
  readonly rps: number;
  readonly latenciesMs: readonly number[];
}

/** The same calls through a proxy that does nothing and through Arbiter, in turns. */
export const measureGovernedCalls = (run: Run): Promise<Row[]> =>
  scoped(run.scope, async (scope) => {
    const proxies = await startProxies(scope);
    const rows: Row[] = [];
    for (const connections of CONNECTIONS) {
      run.progress(`governed calls: ${connections} connections`);
      rows.push(...(await compare({ ...run, scope }, proxies, connections)));
    }
    return [
      ...rows,
      rowOf('rss.under-load', await residentUnderLoad({ ...run, scope }, proxies), 'MiB'),
    ];
  });

const compare = async (
  { plan, scope }: Run,
  { bare, governed }: Proxies,
  connections: number,
): Promise<Row[]> => {
  const load = ({ url, headers }: Target, durationMs: number): Promise<LoadResult> =>
    closedLoop(scope, { url, headers, body: callBody(), connections, durationMs });
  await load(bare, plan.warmUpMs);
  await load(governed, plan.warmUpMs);
  const before: LoadResult[] = [];
  const after: LoadResult[] = [];
  for (let repetition = 0; repetition < plan.repetitions; repetition += 1) {
    before.push(await load(bare, plan.callsMs));
    after.push(await load(governed, plan.callsMs));
  }
  return rowsOf(connections, figuresOf(before), figuresOf(after));
};

const figuresOf = (results: readonly LoadResult[]): Figures => ({
  rps: median(results.map(({ rps }) => rps)),
  latenciesMs: PERCENTILES.map((fraction) =>
    median(results.map(({ latenciesMs }) => percentile(latenciesMs, fraction))),
  ),
});

const rowsOf = (connections: number, bare: Figures, governed: Figures): Row[] => {
  const name = `governed-call.${connections}`;
  return [
    rowOf(`${name}.rps`, governed.rps, '/s', bare.rps),
    rowOf(`${name}.ratio`, governed.rps / bare.rps, '×'),
    ...PERCENTILES.map((fraction, index) =>
      rowOf(
        `${name}.p${fraction * 100}`,
        governed.latenciesMs[index] ?? NaN,
        'ms',
        bare.latenciesMs[index] ?? NaN,
      ),
    ),
  ];
};

/** The most that the server held while 32 connections called as fast as they could. */
const residentUnderLoad = async (
  { plan, scope }: Run,
  { governed, gatewayPid }: Proxies,
): Promise<number> => {
  let mostMiB = residentMiB(gatewayPid);
  const sampling = setInterval(() => {
    mostMiB = Math.max(mostMiB, residentMiB(gatewayPid));
  }, SAMPLE_EVERY_MS);
  const order = { body: callBody(), connections: 32, durationMs: plan.callsMs };
  try {
    await closedLoop(scope, { ...governed, ...order });
  } finally {
    clearInterval(sampling);
  }
  return mostMiB;
};
