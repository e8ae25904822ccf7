import { Failure } from './failure';
import { printable } from './output';

/** What the API answered. Nothing is known about it: the URL may be that of another program. */
export type Fields = Readonly<Record<string, unknown>>;

export const fieldsOf = (answer: unknown): Fields => {
  if (typeof answer === 'object' && answer !== null && !Array.isArray(answer))
    return answer as Fields;
  throw new Failure('the answer is not an object: is --api-url that of an Arbiter control plane?');
};

export const listOf = (answer: unknown): readonly Fields[] => {
  if (Array.isArray(answer)) return answer.map(fieldsOf);
  throw new Failure('the answer is not a list: is --api-url that of an Arbiter control plane?');
};

/** A field that the rest of the command cannot do without. */
export const requiredText = (fields: Fields, name: string): string => {
  const value = fields[name];
  if (typeof value === 'string') return value;
  throw new Failure(`the answer has no ${name}: is --api-url that of an Arbiter control plane?`);
};

/** A field for a person to read, whatever it turns out to be. */
export const shown = (fields: Fields, name: string): string => {
  const value = fields[name];
  if (value === undefined || value === null) return '-';
  return printable(typeof value === 'string' ? value : JSON.stringify(value));
};
