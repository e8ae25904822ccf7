/** Spec §10.3. A configured list replaces these. */
export const SENSITIVE_KEYS: readonly string[] = (
  'password passwd pwd token access_token refresh_token secret client_secret key api_key apikey ' +
  'api-key authorization auth credential cred private private_key ssn social_security credit_card ' +
  'card_number cvv cvc'
).split(' ');

export const REDACTED = '[REDACTED]';
const TRUNCATED = '[TRUNCATED: max redaction depth]';
const DEPTH_MAX = 64;
const KEYS_CACHED_MAX = 4096;

export type Redact = (value: unknown) => unknown;

/**
 * Hides the values of sensitive object keys, through arrays too. A key is sensitive when a pattern
 * occurs in it with no letter beside it, and its camelCase words are looked at separately.
 */
export const redactor = (patterns: readonly string[] = SENSITIVE_KEYS): Redact => {
  const isSensitive = memoized(matcherOf(patterns));
  const redact = (value: unknown, depth: number): unknown => {
    if (typeof value !== 'object' || value === null) return value;
    if (depth >= DEPTH_MAX) return TRUNCATED;
    if (Array.isArray(value)) return value.map((item) => redact(item, depth + 1));
    // Entries, because a member may be called __proto__ and has to stay a member.
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [
        key,
        isSensitive(key) ? REDACTED : redact(item, depth + 1),
      ]),
    );
  };
  return (value) => redact(value, 0);
};

const matcherOf = (patterns: readonly string[]): ((key: string) => boolean) => {
  const known = patterns.filter((pattern) => pattern !== '');
  if (known.length === 0) return () => false;
  const anyOf = known.map((pattern) => pattern.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('|');
  const pattern = new RegExp(`(?<![a-z])(?:${anyOf})(?![a-z])`, 'i');
  return (key) => pattern.test(key) || pattern.test(key.replace(/([a-z0-9])([A-Z])/g, '$1_$2'));
};

const memoized = (test: (key: string) => boolean): ((key: string) => boolean) => {
  const known = new Map<string, boolean>();
  return (key) => {
    const before = known.get(key);
    if (before !== undefined) return before;
    if (known.size >= KEYS_CACHED_MAX) known.clear();
    const result = test(key);
    known.set(key, result);
    return result;
  };
};
