import { parentPort, workerData } from 'node:worker_threads';

export interface Beats {
  readonly count: number;
  readonly periodMs: number;
}

const LEAD_MS = 20;

/** Timers of an event loop are late by up to a millisecond; a thread that only sleeps is not. */
const { count, periodMs } = workerData as Beats;
const never = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
const now = (): number => performance.timeOrigin + performance.now();
const startMs = now() + LEAD_MS;

for (let beat = 0; beat < count; beat += 1) {
  const dueMs = startMs + beat * periodMs;
  const waitMs = dueMs - now();
  if (waitMs > 0) Atomics.wait(never, 0, 0, waitMs);
  parentPort?.postMessage(dueMs);
}
