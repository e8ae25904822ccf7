import type { Scope } from './scope';

/** How long and how often things are measured. */
export interface Plan {
  readonly warmUpMs: number;
  readonly callsMs: number;
  readonly latencyMs: number;
  readonly appendsMs: number;
  readonly repetitions: number;
  readonly starts: number;
  readonly logEvents: number;
}

export interface Run {
  readonly plan: Plan;
  readonly scope: Scope;
  readonly progress: (message: string) => void;
}

export const FULL: Plan = {
  warmUpMs: 3_000,
  callsMs: 5_000,
  latencyMs: 8_000,
  appendsMs: 3_000,
  repetitions: 3,
  starts: 5,
  logEvents: 120_000,
};

/** Enough to see that everything runs; the figures are too noisy to be compared. */
export const QUICK: Plan = {
  warmUpMs: 600,
  callsMs: 1_000,
  latencyMs: 1_500,
  appendsMs: 600,
  repetitions: 1,
  starts: 2,
  logEvents: 20_000,
};
