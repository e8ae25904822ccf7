import { residentMiB } from '../machine';
import type { Run } from '../plan';
import { rowOf, type Row } from '../row';
import { scoped } from '../scope';
import { startGateway } from '../servers/governed-gateway';
import { median } from '../statistics';

const NO_UPSTREAM = 'http://127.0.0.1:9';
/** What is only needed to start has been given back by then. */
const IDLE_MS = 1_000;

interface Start {
  readonly seconds: number;
  readonly idleMiB: number;
}

/** On an empty home directory, as after an installation: schema, keys and secrets included. */
export const measureStartUp = async (run: Run): Promise<Row[]> => {
  const starts: Start[] = [];
  for (let count = 1; count <= run.plan.starts; count += 1) {
    run.progress(`start ${count} of ${run.plan.starts}`);
    starts.push(await start(run));
  }
  return [
    rowOf('start-up', median(starts.map(({ seconds }) => seconds)), 's'),
    rowOf('rss.idle', median(starts.map(({ idleMiB }) => idleMiB)), 'MiB'),
  ];
};

const start = ({ scope: outer }: Run): Promise<Start> =>
  scoped(outer, async (scope) => {
    const startedMs = performance.now();
    const arbiter = await scope.own(startGateway(NO_UPSTREAM), (started) => started.dispose());
    const { status } = await fetch(`${arbiter.dataUrl}/health`);
    const seconds = (performance.now() - startedMs) / 1_000;
    if (status !== 200) throw new Error(`/health answered ${status}.`);
    await new Promise((resolve) => setTimeout(resolve, IDLE_MS));
    return { seconds, idleMiB: residentMiB(arbiter.child.pid ?? 0) };
  });
