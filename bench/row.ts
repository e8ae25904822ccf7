import { reaches, targets } from './targets';

export type Unit = '/s' | 'ms' | 's' | 'MiB' | '×' | 'events/s';

/** One figure of a run, as `--json` writes it. */
export interface Row {
  readonly name: string;
  readonly value: number;
  readonly unit: Unit;
  /** The same figure without Arbiter, from the same run. */
  readonly baseline?: number;
  /** `value` divided by `baseline`. */
  readonly ratio?: number;
  readonly target?: number;
  readonly met?: boolean;
}

/** Held against its target, if it has one. */
export const rowOf = (name: string, value: number, unit: Unit, baseline?: number): Row => {
  const target = targets[name];
  return {
    name,
    value: rounded(value),
    unit,
    ...(baseline !== undefined && {
      baseline: rounded(baseline),
      ratio: rounded(value / baseline),
    }),
    ...(target !== undefined && { target: target.must, met: reaches(value, target.must, target) }),
  };
};

const SIGNIFICANT_DIGITS = 4;

/** More digits than these are noise; integers keep all of theirs. */
const rounded = (value: number): number =>
  Math.abs(value) >= 1_000 ? Math.round(value) : Number(value.toPrecision(SIGNIFICANT_DIGITS));
