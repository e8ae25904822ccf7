import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Scope } from '../scope';

/** Where calls go, and what they show at the door. */
export interface Target {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

interface Order extends Target {
  readonly body: string;
  readonly durationMs: number;
}

/** As fast as answers come, on that many connections. */
export interface ClosedLoop extends Order {
  readonly connections: number;
}

/** At fixed times, whether earlier calls were answered or not. */
export interface OpenLoop extends Order {
  readonly perSecond: number;
}

export interface LoadResult {
  readonly rps: number;
  readonly latenciesMs: readonly number[];
  /** Calls that were not answered with 200. */
  readonly failures: number;
}

const CALL_BYTES = 1_024;

/** A `tools/call` of 1 KiB. */
export const callBody = (): string => {
  const call = (note: string): string =>
    JSON.stringify({
      jsonrpc: '2.0',
      id: 1,
      method: 'tools/call',
      params: { name: 'read_file', arguments: { path: '/srv/reports/2026/quarter-3.md', note } },
    });
  return call('x'.repeat(CALL_BYTES - call('').length));
};

export const closedLoop = (scope: Scope, order: ClosedLoop): Promise<LoadResult> =>
  generate(scope, 'closed-loop', order);

export const openLoop = (scope: Scope, order: OpenLoop): Promise<LoadResult> =>
  generate(scope, 'open-loop', order);

/** The generator has an event loop of its own, so that it does not wait for what it measures. */
const generate = async (
  scope: Scope,
  kind: 'closed-loop' | 'open-loop',
  order: ClosedLoop | OpenLoop,
): Promise<LoadResult> => {
  const child = fork(join(__dirname, `${kind}.process.js`), { serialization: 'advanced' });
  await scope.own(Promise.resolve(child), (started) => {
    started.kill('SIGKILL');
  });
  child.send(order);
  const result = await reportOf(child);
  if (result.failures > 0)
    throw new Error(`${result.failures} calls to ${new URL(order.url).pathname} failed.`);
  return result;
};

const reportOf = async (child: ChildProcess): Promise<LoadResult> => {
  const ended = once(child, 'exit').then(() => {
    throw new Error('The load generator ended without a report.');
  });
  ended.catch(() => undefined);
  const [result] = (await Promise.race([once(child, 'message'), ended])) as [LoadResult];
  child.disconnect();
  return result;
};
