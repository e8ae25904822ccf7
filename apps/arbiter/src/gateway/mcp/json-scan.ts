/** Deeper bodies are refused before anything recursive sees them (§4.4). */
const DEPTH_MAX = 128;

/** Bounds the work spent on numbers that need their source text; real bodies have a handful. */
const INEXACT_NUMBERS_MAX = 100_000;

/** An integer of no more digits than this is always an exact double. */
const SAFE_DIGITS_MAX = 15;

/** Where numbers stand that a double cannot give back as they were written. */
export interface NumberSpan {
  readonly start: number;
  readonly end: number;
}

export type ScanFault = 'too-deep' | 'too-many-numbers';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const MINUS = 0x2d;
const ZERO = 0x30;
const NINE = 0x39;

/**
 * Finds the inexact numbers in one linear pass without recursion. It is total: on text that is not
 * JSON it answers something, and the parser refuses that text afterwards.
 */
export const scanJson = (text: string): readonly NumberSpan[] | ScanFault => {
  const inexact: NumberSpan[] = [];
  let depth = 0;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) at = closingQuote(text, at);
    else if (isNumberStart(code)) at = scanNumber(text, at, inexact);
    else depth += nesting(code);
    if (depth > DEPTH_MAX) return 'too-deep';
    if (inexact.length > INEXACT_NUMBERS_MAX) return 'too-many-numbers';
  }
  return inexact;
};

const nesting = (code: number): number => {
  switch (code) {
    case 0x5b: // [
    case 0x7b: // {
      return 1;
    case 0x5d: // ]
    case 0x7d: // }
      return -1;
    default:
      return 0;
  }
};

/** Text inside strings is skipped by the engine's own search, which is what makes the scan cheap. */
const closingQuote = (text: string, opening: number): number => {
  let quote = text.indexOf('"', opening + 1);
  while (quote !== -1 && isEscaped(text, quote)) quote = text.indexOf('"', quote + 1);
  return quote === -1 ? text.length : quote;
};

const isEscaped = (text: string, quote: number): boolean => {
  let before = quote - 1;
  while (text.charCodeAt(before) === BACKSLASH) before -= 1;
  return (quote - before) % 2 === 0;
};

const isDigit = (code: number): boolean => code >= ZERO && code <= NINE;

const isNumberStart = (code: number): boolean => isDigit(code) || code === MINUS;

/** Returns the index of the last character of the number. */
const scanNumber = (text: string, start: number, inexact: NumberSpan[]): number => {
  let end = start + 1;
  while (isDigit(text.charCodeAt(end))) end += 1;
  const isInteger = !isNumberTail(text.charCodeAt(end));
  if (isInteger && isSafeInteger(text, start, end)) return end - 1;
  while (isDigit(text.charCodeAt(end)) || isNumberTail(text.charCodeAt(end))) end += 1;
  const written = text.slice(start, end);
  if (String(Number(written)) !== written) inexact.push({ start, end });
  return end - 1;
};

/** Minus zero is the one short integer that does not survive: it is written back as `0`. */
const isSafeInteger = (text: string, start: number, end: number): boolean =>
  end - start <= SAFE_DIGITS_MAX &&
  !(text.charCodeAt(start) === MINUS && text.charCodeAt(start + 1) === ZERO);

const isNumberTail = (code: number): boolean => {
  switch (code) {
    case 0x2b: // +
    case MINUS:
    case 0x2e: // .
    case 0x45: // E
    case 0x65: // e
      return true;
    default:
      return false;
  }
};
