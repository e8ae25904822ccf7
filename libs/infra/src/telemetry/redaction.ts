/** Fields that are never logged, however they are spelt: compared in lower case, without `-` and `_`. */
const HIDDEN = new Set([
  'authorization',
  'proxyauthorization',
  'xapikey',
  'cookie',
  'setcookie',
  'apikey',
  'token',
  'accesstoken',
  'refreshtoken',
  'secret',
  'clientsecret',
  'signingsecret',
  'password',
  'body',
]);

const CENSORED = '[redacted]';
const TOO_DEEP = '[too deep]';
/** A log line is flat; this also ends a walk around a cycle. */
const DEPTH_MAX = 6;

type Fields = Readonly<Record<string, unknown>>;

/** Field names repeat, so each spelling is judged once; what comes from outside must not fill the memory. */
const judged = new Map<string, boolean>();
const JUDGED_MAX = 1000;

const isHidden = (name: string): boolean => {
  const known = judged.get(name);
  if (known !== undefined) return known;
  const hidden = HIDDEN.has(name.toLowerCase().replace(/[-_]/g, ''));
  if (judged.size < JUDGED_MAX) judged.set(name, hidden);
  return hidden;
};

/**
 * Hides fields by name at every depth. Written here because pino's own redaction wants each path spelt out per level and
 * case, and costs 25 µs a line, which a gateway that logs each call would notice.
 */
export const redacted = (fields: Fields, depth = 0): Record<string, unknown> => {
  const shown: Record<string, unknown> = {};
  for (const name of Object.keys(fields)) {
    shown[name] = isHidden(name) ? CENSORED : within(fields[name], depth + 1);
  }
  return shown;
};

const within = (value: unknown, depth: number): unknown => {
  if (typeof value !== 'object' || value === null) return value;
  if (!Array.isArray(value) && !isPlain(value)) return value;
  if (depth > DEPTH_MAX) return TOO_DEEP;
  return Array.isArray(value)
    ? value.map((each) => within(each, depth + 1))
    : redacted(value, depth);
};

/** Others, such as errors and dates, say themselves how they are written. */
const isPlain = (value: object): value is Fields => {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype;
};
