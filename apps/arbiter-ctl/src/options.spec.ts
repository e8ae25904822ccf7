import { InvalidArgumentError } from 'commander';
import { httpUrl } from './connection';
import { commaSeparated, given, uuid, wholeNumber } from './options';

it('reads words between commas', () => {
  expect(commaSeparated(' read_file, list ,,')).toEqual(['read_file', 'list']);
  expect(commaSeparated('')).toEqual([]);
});

it.each(['0', '1000000'])('reads the whole number %s', (text) => {
  expect(wholeNumber(text)).toBe(Number(text));
});

it.each(['', '-1', '1.5', '1e3', '0x10', ' 1', '9007199254740993'])('refuses %j as one', (text) => {
  expect(() => wholeNumber(text)).toThrow(InvalidArgumentError);
});

const ID = '6f1c2d3e-4b5a-4978-8a9b-0c1d2e3f4a5b';

it.each([ID, ID.toUpperCase(), `{${ID}}`, `urn:uuid:${ID}`, ID.replaceAll('-', '')])(
  'takes the id %s',
  (text) => {
    expect(uuid(text)).toBe(text);
  },
);

it.each(['', 'x', `${ID}/../../policy/reload`, `${ID}0`, `${ID}\n`])(
  'refuses %j as an id',
  (text) => {
    expect(() => uuid(text)).toThrow(InvalidArgumentError);
  },
);

it('takes base URLs of HTTP only', () => {
  expect(httpUrl('http://[::1]:3000/')).toBe('http://[::1]:3000');
  for (const text of ['', 'localhost:3000', 'file:///etc/passwd', 'http://'])
    expect(() => httpUrl(text)).toThrow(InvalidArgumentError);
});

it('leaves out what was not given', () => {
  expect(given({ a: undefined, b: 0, c: '' })).toEqual({ b: 0, c: '' });
});
