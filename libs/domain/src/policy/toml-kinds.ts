import { parseUuid, type AgentId } from '../kernel/values';

/** What a value of a policy file may be; there is no coercion between kinds (Appendix C). */
export interface Kind<T> {
  readonly expected: string;
  readonly accept: (value: unknown) => T | undefined;
}

export type Table = Readonly<Record<string, unknown>>;

/** Not a list and not a date, which is an object too. Tables come with or without a prototype. */
export const isTable = (value: unknown): value is Table =>
  Object.prototype.toString.call(value) === '[object Object]';

const textOf = (value: unknown): string | undefined =>
  typeof value === 'string' && value.isWellFormed() ? value : undefined;

export const aString: Kind<string> = { expected: 'a string', accept: textOf };

export const strings: Kind<readonly string[]> = {
  expected: 'an array of strings',
  accept: (value) => {
    if (!Array.isArray(value)) return undefined;
    const texts = value.map(textOf).filter((text) => text !== undefined);
    return texts.length === value.length ? texts : undefined;
  },
};

/** Integers beyond 2^53 arrive as bigint; as everywhere in JSON they are judged as doubles. */
const numberOf = (value: unknown): number | undefined => {
  const number = typeof value === 'bigint' ? Number(value) : value;
  // Adding zero turns -0, which JSON cannot keep, into 0.
  return typeof number === 'number' && Number.isFinite(number) ? number + 0 : undefined;
};

export const aNumber: Kind<number> = { expected: 'a finite number', accept: numberOf };

export const anInt32: Kind<number> = {
  expected: 'a 32-bit integer',
  accept: (value) => {
    const number = numberOf(value);
    return number !== undefined && (number | 0) === number ? number : undefined;
  },
};

export const anAgentId: Kind<AgentId> = {
  expected: 'a UUID',
  accept: (value) =>
    typeof value === 'string' ? (parseUuid(value) as AgentId | undefined) : undefined,
};

export const choice = <const V extends readonly string[]>(values: V): Kind<V[number]> => ({
  expected: `one of ${values.join(', ')}`,
  accept: (value) => values.find((known) => known === value),
});
