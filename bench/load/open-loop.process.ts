import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { Pool } from 'undici';
import { generator } from './generator';
import type { LoadResult, OpenLoop } from './load';
import type { Beats } from './metronome.worker';

const CONNECTIONS_MAX = 128;
const HTTP_OK = 200;

/**
 * Each call is due at a time that was fixed before the first one, and its latency counts from then:
 * a server that stands still delays no later call, and every call that had to wait says so.
 */
generator(async (order) => {
  const { url, headers, body: sent, durationMs, perSecond } = order as OpenLoop;
  const { origin, pathname } = new URL(url);
  const pool = new Pool(origin, { connections: CONNECTIONS_MAX, pipelining: 1 });
  const latenciesMs: number[] = [];
  let failures = 0;

  const call = async (dueMs: number): Promise<void> => {
    const { statusCode, body } = await pool.request({
      path: pathname,
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json' },
      body: sent,
    });
    await body.dump();
    latenciesMs.push(now() - dueMs);
    if (statusCode !== HTTP_OK) failures += 1;
  };

  const beats = { count: (durationMs / 1_000) * perSecond, periodMs: 1_000 / perSecond };
  const calls: Promise<void>[] = [];
  await eachBeat(beats, (dueMs) => {
    calls.push(
      call(dueMs).catch(() => {
        failures += 1;
      }),
    );
  });
  await Promise.all(calls);
  await pool.close();
  return { rps: perSecond, latenciesMs, failures } satisfies LoadResult;
});

/** The clock that threads have in common. */
const now = (): number => performance.timeOrigin + performance.now();

const eachBeat = (beats: Beats, onBeat: (dueMs: number) => void): Promise<void> =>
  new Promise((resolve, reject) => {
    const metronome = new Worker(join(__dirname, 'metronome.worker.js'), { workerData: beats });
    metronome.on('message', onBeat);
    metronome.on('error', reject);
    metronome.on('exit', () => {
      resolve();
    });
  });
