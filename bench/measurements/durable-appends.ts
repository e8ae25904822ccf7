import type { EventStore } from '@arbiter/audit';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { openLog, temporaryDirectory } from '../fixtures/log-on-disk';
import { SessionHistory } from '../fixtures/session-history';
import type { Run } from '../plan';
import { rowOf, type Row } from '../row';
import { scoped } from '../scope';
import { median } from '../statistics';

interface Mode {
  readonly name: string;
  readonly writers: number;
  /** Events an append. */
  readonly batch: number;
}

const MODES: readonly Mode[] = [
  { name: 'append.1-writer', writers: 1, batch: 1 },
  { name: 'append.32-writers', writers: 32, batch: 1 },
  { name: 'append.batches-of-100', writers: 1, batch: 100 },
];
const FLUSHES = 200;
const FLUSHED_BYTES = 4_096;

/** The event store alone: every append is acknowledged after its fsync, as in the server. */
export const measureAppends = (run: Run): Promise<Row[]> =>
  scoped(run.scope, async (scope) => {
    const { warmUpMs, appendsMs, repetitions } = run.plan;
    const directory = await temporaryDirectory(scope);
    const store = await openLog(scope, join(directory, 'log.db'), 'full');
    const rows = [rowOf('disk.fdatasync', await flushMs(directory), 'ms')];
    for (const mode of MODES) {
      run.progress(`durable appends: ${mode.name}`);
      await appendFor(store, mode, warmUpMs);
      const rates: number[] = [];
      for (let repetition = 0; repetition < repetitions; repetition += 1)
        rates.push(await appendFor(store, mode, appendsMs));
      rows.push(rowOf(mode.name, median(rates), 'events/s'));
    }
    return rows;
  });

/** Events a second. Each writer has a stream of its own, as sessions have. */
const appendFor = async (
  store: EventStore,
  { writers, batch }: Mode,
  durationMs: number,
): Promise<number> => {
  const startedMs = performance.now();
  const isOver = (): boolean => performance.now() - startedMs >= durationMs;
  let events = 0;
  const write = async (): Promise<void> => {
    const history = new SessionHistory();
    for (let version = 0; !isOver(); version += batch) {
      const drafts = Array.from({ length: batch }, () => history.authorized());
      await store.append(history.stream, version, drafts, history.context());
      events += batch;
    }
  };
  await Promise.all(Array.from({ length: writers }, write));
  return (events / (performance.now() - startedMs)) * 1_000;
};

/** What the disk itself asks for: the figures above cannot be understood without it. */
const flushMs = async (directory: string): Promise<number> => {
  const file = await open(join(directory, 'flushed'), 'w');
  const block = Buffer.alloc(FLUSHED_BYTES);
  const durations: number[] = [];
  try {
    for (let flush = 0; flush < FLUSHES; flush += 1) {
      await file.write(block);
      const startedMs = performance.now();
      await file.datasync();
      durations.push(performance.now() - startedMs);
    }
  } finally {
    await file.close();
  }
  return median(durations);
};
