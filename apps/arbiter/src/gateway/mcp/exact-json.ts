import { scanJson, type NumberSpan, type ScanFault } from './json-scan';

export type JsonFault = ScanFault | 'invalid-json' | 'number-out-of-range' | 'lone-surrogate';

/**
 * A JSON text read by the engine's parser: the last duplicate wins and `__proto__` is an own
 * member like any other. Members still have to be looked up with `Object.hasOwn` by whoever takes
 * their names from outside.
 */
interface ExactJson {
  /** What every parser that reads numbers as doubles sees. */
  readonly value: unknown;
  /** The same shape, for editing and `stringifyExact`; the same object when all numbers are exact. */
  readonly tree: unknown;
}

/**
 * A number that a double cannot give back travels through the tree as a string that starts with a
 * lone surrogate. No other string can look like that, because a text with one is refused, so the
 * engine's own parser and serialiser do all the work: a parser in JavaScript needs 100 ms for each
 * MiB, on the event loop.
 */
const MARK = '\ud800';
const MARK_WRITTEN = String.raw`"\ud800`;
const MARKED_NUMBER = /"\\ud800([^"]*)"/g;

/** A pair, half a pair (captured), or any other escape; read in sequence, so `\\ud800` is none. */
const ESCAPES = /\\(?:u[dD][89abAB]..\\u[dD][c-fC-F]..|(u[dD][89a-fA-F])|[^])/g;

/** Never throws, whatever the text. */
export const parseExact = (text: string): ExactJson | JsonFault => {
  const inexact = scanJson(text);
  if (typeof inexact === 'string') return inexact;
  const value = parseOr(text);
  if (value === undefined) return 'invalid-json';
  if (hasLoneSurrogate(text)) return 'lone-surrogate';
  if (inexact.some(({ start, end }) => !Number.isFinite(Number(text.slice(start, end))))) {
    return 'number-out-of-range';
  }
  return { value, tree: inexact.length === 0 ? value : JSON.parse(mark(text, inexact)) };
};

/** Compact JSON of a `tree` or a part of one. */
export const stringifyExact = (tree: unknown): string => {
  const written = JSON.stringify(tree);
  return written.includes(MARK_WRITTEN) ? written.replace(MARKED_NUMBER, '$1') : written;
};

/** `undefined` is the one value that JSON cannot say. */
const parseOr = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

const hasLoneSurrogate = (text: string): boolean => {
  if (!text.includes(String.raw`\u`)) return false;
  for (const [, half] of text.matchAll(ESCAPES)) {
    if (half !== undefined) return true;
  }
  return false;
};

const mark = (text: string, spans: readonly NumberSpan[]): string => {
  const parts: string[] = [];
  let copied = 0;
  for (const { start, end } of spans) {
    parts.push(text.slice(copied, start), '"', MARK, text.slice(start, end), '"');
    copied = end;
  }
  parts.push(text.slice(copied));
  return parts.join('');
};
