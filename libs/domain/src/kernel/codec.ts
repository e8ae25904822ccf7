import { malformedEvent } from './errors';
import type { Ids, Instant } from './values';

/** Returns the value as `T`, or throws `event.malformed` naming the path of what is wrong. */
export type Decoder<T> = (value: unknown, path: string) => T;
export type Decoded<D> = D extends Decoder<infer T> ? T : never;

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const JSON_DEPTH_MAX = 130;

const reject = (path: string, expected: string): never => {
  throw malformedEvent({ path, expected });
};

/** A lone surrogate has no UTF-8 and no canonical form, so it cannot be recorded. */
export const text: Decoder<string> = (value, path) =>
  typeof value === 'string' && value.isWellFormed() ? value : reject(path, 'well-formed text');

/** Not parsed: instants come from the clock, and a record is read as it was written. */
export const instant: Decoder<Instant> = (value, path) => text(value, path) as Instant;

export const natural: Decoder<number> = (value, path) =>
  Number.isSafeInteger(value) && (value as number) >= 0
    ? (value as number)
    : reject(path, 'a natural number');

export const flag: Decoder<boolean> = (value, path) =>
  typeof value === 'boolean' ? value : reject(path, 'true or false');

export const id =
  <K extends keyof Ids>(kind: K): Decoder<Ids[K]> =>
  (value, path) =>
    UUID.test(text(value, path)) ? (value as Ids[K]) : reject(path, `the id of a ${kind}`);

export const oneOf = <const V extends readonly string[]>(...values: V): Decoder<V[number]> => {
  const known = new Set<unknown>(values);
  return (value, path) =>
    known.has(value) ? (value as V[number]) : reject(path, values.join(' | '));
};

export const nullable =
  <T>(item: Decoder<T>): Decoder<T | null> =>
  (value, path) =>
    value === null ? null : item(value, path);

export const listOf =
  <T>(item: Decoder<T>): Decoder<readonly T[]> =>
  (value, path) =>
    Array.isArray(value)
      ? value.map((element, index) => item(element, `${path}[${index}]`))
      : reject(path, 'a list');

/** Any JSON value; what JSON cannot say (NaN, functions, lone surrogates) is refused. */
export const anyJson: Decoder<unknown> = (value, path) => json(value, path, 0);

const scalar = (value: unknown, path: string): unknown => {
  if (value === null || typeof value === 'boolean') return value;
  if (typeof value === 'string') return text(value, path);
  return typeof value === 'number' && Number.isFinite(value) ? value : reject(path, 'a JSON value');
};

const json = (value: unknown, path: string, depth: number): unknown => {
  if (depth > JSON_DEPTH_MAX) return reject(path, 'fewer levels of nesting');
  if (typeof value !== 'object' || value === null) return scalar(value, path);
  if (Array.isArray(value)) return value.map((item) => json(item, path, depth + 1));
  for (const [key, item] of Object.entries(value)) {
    text(key, path);
    json(item, path, depth + 1);
  }
  return value;
};

export const shape = <F extends Readonly<Record<string, Decoder<unknown>>>>(
  fields: F,
): Decoder<{ readonly [K in keyof F]: Decoded<F[K]> }> => {
  // In the order of RFC 8785, so that what is recorded seldom has to be sorted.
  const entries = Object.entries(fields).sort(([a], [b]) => (a < b ? -1 : 1));
  return (value, path) => {
    if (typeof value !== 'object' || value === null) return reject(path, 'an object');
    const source = value as Readonly<Record<string, unknown>>;
    const target: Record<string, unknown> = {};
    for (const [key, decode] of entries) target[key] = decode(source[key], `${path}.${key}`);
    return target as { readonly [K in keyof F]: Decoded<F[K]> };
  };
};
