import type { ParameterConstraint } from './policy-rule';

/** A constraint with its dotted path taken apart, once when the rules are loaded. */
export interface ParameterMatcher {
  readonly path: readonly string[];
  readonly bounded: boolean;
  readonly minValue: number;
  readonly maxValue: number;
  /** Null when any value will do. */
  readonly allowedValues: ReadonlySet<unknown> | null;
}

export const parameterMatcher = (constraint: ParameterConstraint): ParameterMatcher => ({
  path: constraint.key.split('.'),
  bounded: constraint.minValue !== null || constraint.maxValue !== null,
  minValue: constraint.minValue ?? -Infinity,
  maxValue: constraint.maxValue ?? Infinity,
  allowedValues: constraint.allowedValues.length > 0 ? new Set(constraint.allowedValues) : null,
});

/** Whether the argument is there and is of the kind and in the range that is asked for (§5.2). */
export const parameterFits = (matcher: ParameterMatcher, args: unknown): boolean => {
  const value = valueAt(args, matcher.path);
  if (value === undefined) return false;
  if (matcher.bounded && !isWithin(value, matcher)) return false;
  return matcher.allowedValues === null || matcher.allowedValues.has(value);
};

/** Bounds ask for a number and lists for a string, so both on one key never hold. */
export const canFit = ({ bounded, allowedValues, minValue, maxValue }: ParameterMatcher): boolean =>
  minValue <= maxValue && !(bounded && allowedValues !== null);

const isWithin = (value: unknown, { minValue, maxValue }: ParameterMatcher): boolean =>
  (typeof value === 'number' || typeof value === 'bigint') &&
  value >= minValue &&
  value <= maxValue;

/** Own members of objects only: nothing inherited, no index and no `length` of a list. */
const valueAt = (root: unknown, path: readonly string[]): unknown => {
  let value = root;
  for (const key of path) {
    if (!isObject(value) || !Object.hasOwn(value, key)) return undefined;
    value = value[key];
  }
  return value;
};

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
