import autocannon from 'autocannon';
import { generator } from './generator';
import type { ClosedLoop } from './load';

const HTTP_OK = 200;

generator(async (order) => {
  const { url, headers, body, connections, durationMs } = order as ClosedLoop;
  const latenciesMs: number[] = [];
  let failures = 0;
  const startedMs = performance.now();
  const cannon = autocannon({
    url,
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/json' },
    body,
    connections,
    duration: durationMs / 1_000,
  });
  // Its own histogram counts in whole milliseconds.
  cannon.on('response', (_client, status, _bytes, latencyMs) => {
    latenciesMs.push(latencyMs);
    if (status !== HTTP_OK) failures += 1;
  });
  cannon.on('reqError', () => {
    failures += 1;
  });
  await cannon;
  const seconds = (performance.now() - startedMs) / 1_000;
  return { rps: latenciesMs.length / seconds, latenciesMs, failures };
});
