import { InvalidArgumentError } from 'commander';

/** `a, b,` is two words. */
export const commaSeparated = (text: string): readonly string[] =>
  text
    .split(',')
    .map((word) => word.trim())
    .filter((word) => word !== '');

/** Ranges are judged by the server, which knows them. */
export const wholeNumber = (text: string): number => {
  const value = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(value)) return value;
  throw new InvalidArgumentError('It has to be a whole number.');
};

const UUID = /^(?:urn:uuid:)?\{?[0-9a-f]{8}(?:-?[0-9a-f]{4}){3}-?[0-9a-f]{12}\}?$/i;

/** The spellings that the API accepts. It ends up in a path, so nothing else gets through. */
export const uuid = (text: string): string => {
  if (UUID.test(text)) return text;
  throw new InvalidArgumentError('It has to be a UUID.');
};

/** Leaves out what was not given, so that the server's default applies. */
export const given = <T extends object>(fields: T): Partial<T> =>
  Object.fromEntries(
    Object.entries(fields).filter(([, value]) => value !== undefined),
  ) as Partial<T>;
