import type { Instant } from '@arbiter/domain';

const RFC_3339 =
  /^(\d{4})-(\d{2})-(\d{2})[Tt ]\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:[Zz]|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/;
const FIRST = '0000-01-01T00:00:00.000Z';

/** The instant in UTC with milliseconds, or undefined when the text is no such thing. */
export const parseInstant = (text: string): Instant | undefined => {
  const [match, year, month, day] = RFC_3339.exec(text) ?? [];
  if (match === undefined || !isDay(Number(year), Number(month), Number(day))) return undefined;
  const time = new Date(text.toUpperCase().replace(' ', 'T'));
  if (Number.isNaN(time.getTime())) return undefined;
  const instant = time.toISOString();
  // Beyond four digits the text of a year no longer sorts like the year.
  return instant.length === FIRST.length && instant >= FIRST ? (instant as Instant) : undefined;
};

/** Date would turn the 30th of February into the 2nd of March. */
const isDay = (year: number, month: number, day: number): boolean => {
  const date = new Date(Date.UTC(2000, month - 1, day));
  date.setUTCFullYear(year, month - 1, day);
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
};
