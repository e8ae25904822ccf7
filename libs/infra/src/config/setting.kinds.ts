import { isIP } from 'node:net';
import { z } from 'zod';
import { Secret } from './secret';

/** What a value may be: how text of a flag or variable is read, what is accepted, and how to say so. */
export interface Kind<T> {
  readonly expects: string;
  readonly schema: z.ZodType<T>;
  readonly fromText: (text: string) => unknown;
  /** A refused value is not repeated in messages. */
  readonly unquoted?: true;
}

/** A table as the parser left it: checked by whoever knows what belongs into it. */
export type RawTable = Readonly<Record<string, unknown>>;

/** Dates are objects too, but only tables come without a prototype. */
export const isTable = (value: unknown): value is RawTable =>
  typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === null;

const verbatim = (text: string): unknown => text;
const asNumber = (text: string): unknown => (/^-?\d{1,16}$/.test(text) ? Number(text) : text);

export const text: Kind<string> = {
  expects: 'a string that is not empty',
  schema: z.string().refine((value) => value.trim() !== ''),
  fromText: verbatim,
};

export const texts: Kind<readonly string[]> = {
  expects: 'an array of strings that are not empty',
  schema: z.array(text.schema),
  fromText: verbatim,
};

export const tables: Kind<readonly RawTable[]> = {
  expects: 'an array of tables',
  schema: z.array(z.custom<RawTable>(isTable)),
  fromText: verbatim,
};

/** Set by anything but a leading 0: `ARBITER_API_VERBOSE` (seed 001). */
export const toggle: Kind<boolean> = {
  expects: 'true or false',
  schema: z.boolean(),
  fromText: (value) => !value.startsWith('0'),
};

export const secret: Kind<Secret> = {
  expects: 'a string that is not empty',
  schema: text.schema.transform((value) => new Secret(value)),
  fromText: verbatim,
  unquoted: true,
};

export const oneOf = <const T extends readonly [string, ...string[]]>(
  ...allowed: T
): Kind<T[number]> => ({
  expects: `one of ${allowed.join(', ')}`,
  schema: z.enum(allowed),
  fromText: (value) => value.toLowerCase(),
});

/** Integers beyond 2^53 do not get this far: the parser refuses them. */
export const whole = (min: number, max: number = Number.MAX_SAFE_INTEGER): Kind<number> => ({
  expects:
    max === Number.MAX_SAFE_INTEGER
      ? `an integer, ${min} or more`
      : `an integer from ${min} to ${max}`,
  schema: z.int().min(min).max(max),
  fromText: asNumber,
});

export const port = whole(0, 65_535);

/** Timers of the platform hold 2^31 - 1 ms; a longer one fires at once, which would be no limit but an outage. */
const TIMER_MAX_MS = 2_147_483_647;
export const timerMs = whole(0, TIMER_MAX_MS);
export const timerSecs = (min: number): Kind<number> => whole(min, Math.floor(TIMER_MAX_MS / 1000));

export const percentage: Kind<number> = {
  expects: 'a number from 0 to 100',
  schema: z.number().min(0).max(100),
  fromText: asNumber,
};

/** -1 is how the file says it, the word is how everyone else does (§2.1). */
export const countOrUnlimited: Kind<number | 'unlimited'> = {
  expects: 'an integer, 0 or more, or -1 or "unlimited"',
  schema: z
    .union([z.int().min(-1), z.literal('unlimited')])
    .transform((value) => (value === -1 ? ('unlimited' as const) : value)),
  fromText: asNumber,
};

const HOSTNAME =
  /^(?=.{1,253}$)([a-z\d_]([a-z\d_-]{0,61}[a-z\d_])?\.)*[a-z]([a-z\d-]{0,61}[a-z\d])?$/i;

export const listenAddress: Kind<string> = {
  expects: 'an IP address or a host name, without a port',
  schema: z.string().refine((value) => isIP(value) !== 0 || HOSTNAME.test(value)),
  fromText: verbatim,
};

/** The base of every forwarded request, so nothing that a path could not be appended to (E2). */
const isBaseUrl = (value: string): boolean => {
  if (!/^https?:\/\//i.test(value) || !URL.canParse(value)) return false;
  const { username, password, search, hash } = new URL(value);
  return [username, password, search, hash].every((part) => part === '');
};

export const baseUrl: Kind<string> = {
  expects: 'an absolute http or https URL without user, query or fragment',
  schema: z
    .string()
    .refine(isBaseUrl)
    .transform((value) => value.replace(/\/+$/, '')),
  fromText: verbatim,
  // What is refused may hold a password.
  unquoted: true,
};
