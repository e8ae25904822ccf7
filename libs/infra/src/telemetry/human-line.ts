/** Control characters and what a terminal takes for one: line separators, and marks that turn the text around. */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;
const PLAIN = /^[^\s"'=\\\p{C}]+$/u;

type Line = Readonly<Record<string, unknown>>;

/** Renders a JSON line as `[HH:MM:SS] [level] event key=value …`, in local time. */
export const humanLine = (json: string): string => {
  const { time, level, event, ...fields } = JSON.parse(json) as Line;
  const pairs = Object.entries(fields).map(([key, value]) => ` ${shown(key)}=${shown(value)}`);
  return `[${clock(time)}] [${String(level)}] ${shown(event)}${pairs.join('')}\n`;
};

const clock = (time: unknown): string => new Date(String(time)).toTimeString().slice(0, 8);

/** Whatever a value holds, it does not end its line or pass for another field. */
const shown = (value: unknown): string =>
  typeof value === 'string' && PLAIN.test(value)
    ? value
    : JSON.stringify(value).replace(UNSAFE, escaped);

const escaped = (character: string): string =>
  character
    .split('')
    .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
    .join('');
