import { shown, type Fields } from './answer';

const DATA_MAX_CHARS = 120;
const VALUE_MAX_CHARS = 40;

/** One event as cells: where, when, what, of which stream, by whom, and the gist of what it says. */
export const eventRow = (event: Fields): readonly string[] => [
  shown(event, 'position'),
  shown(event, 'at'),
  shown(event, 'type'),
  shown(event, 'stream'),
  actorOf(event['actor']),
  gistOf(event['data']),
];

const isRecord = (value: unknown): value is Fields => typeof value === 'object' && value !== null;

const actorOf = (actor: unknown): string =>
  isRecord(actor) ? `${shown(actor, 'kind')}:${shown(actor, 'id')}` : '-';

/** Names and values as far as they fit; all of it is in `--json`. */
const gistOf = (data: unknown): string => {
  if (!isRecord(data)) return '(erased)';
  const pairs = Object.keys(data)
    .filter((name) => data[name] !== null)
    .map((name) => `${shown({ name }, 'name')}=${shortened(shown(data, name), VALUE_MAX_CHARS)}`);
  return shortened(pairs.join(' '), DATA_MAX_CHARS);
};

const shortened = (text: string, charsMax: number): string =>
  text.length > charsMax ? `${text.slice(0, charsMax - 1).toWellFormed()}…` : text;
