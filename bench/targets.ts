/** What a figure has to reach, and what it is hoped to reach. */
export interface Target {
  readonly direction: 'at-least' | 'at-most';
  readonly must: number;
  readonly aim?: number;
}

const atLeast = (must: number, aim?: number): Target => ({
  direction: 'at-least',
  must,
  ...(aim !== undefined && { aim }),
});
const atMost = (must: number, aim?: number): Target => ({
  direction: 'at-most',
  must,
  ...(aim !== undefined && { aim }),
});

/** By the name of the row. For two cores and loopback; other machines compare the ratios. */
export const targets: Readonly<Record<string, Target>> = {
  'governed-call.32.rps': atLeast(2_500),
  'governed-call.32.ratio': atLeast(0.25, 0.5),
  'added-latency.p50': atMost(1.5),
  'added-latency.p95': atMost(4, 2.5),
  'append.1-writer': atLeast(1_000, 2_000),
  'append.32-writers': atLeast(10_000, 20_000),
  'append.batches-of-100': atLeast(30_000, 60_000),
  'verify-chain': atLeast(100_000, 200_000),
  'rebuild-views': atLeast(20_000, 50_000),
  'start-up': atMost(2, 0.8),
  'rss.idle': atMost(150, 100),
};

export const reaches = (value: number, limit: number, { direction }: Target): boolean =>
  direction === 'at-least' ? value >= limit : value <= limit;

/** How far from the target, as a share of it; 0 when it is met. */
export const missedBy = (value: number, target: Target): number =>
  reaches(value, target.must, target) ? 0 : Math.abs(value - target.must) / target.must;
