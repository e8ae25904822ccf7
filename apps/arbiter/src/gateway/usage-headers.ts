import { secondsBetween, type Instant } from '@arbiter/domain';
import type { SessionUsage } from './passage';

type HeaderList = readonly (readonly [name: string, value: string])[];

/** Spec §6.6: what is left, and a warning when that is little. */
export const usageHeaders = (
  { callsRemaining, callBudget, expiresAt, timeLimitSecs }: SessionUsage,
  at: Instant,
  thresholdPct: number,
): HeaderList => {
  const secondsRemaining = Math.max(0, Math.floor(secondsBetween(at, expiresAt)));
  const budgetPct = (callsRemaining / callBudget) * 100;
  const timePct = (secondsRemaining / timeLimitSecs) * 100;
  const warnings = [
    ...(budgetPct <= thresholdPct
      ? [`budget low: ${callsRemaining} of ${callBudget} calls left (${shown(budgetPct)}%)`]
      : []),
    ...(timePct <= thresholdPct && secondsRemaining > 0
      ? [`time low: ${secondsRemaining} s left (${shown(timePct)}%)`]
      : []),
  ];
  return [
    ['x-arbiter-calls-remaining', String(callsRemaining)],
    ['x-arbiter-seconds-remaining', String(secondsRemaining)],
    ...warnings.map((warning) => ['x-arbiter-warning', warning] as const),
  ];
};

const shown = (percent: number): string => percent.toFixed(0);
