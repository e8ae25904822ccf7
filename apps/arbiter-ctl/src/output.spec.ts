import fc from 'fast-check';
import { jsonOf, printable, table } from './output';

it('leaves ordinary text of any language as it is', () => {
  expect(printable('café 東京 "x" \\ ~')).toBe('café 東京 "x" \\ ~');
});

it.each([
  ['\u001b[2J', '\\u001b[2J'],
  ['a\nb\rc\td', 'a\\u000ab\\u000dc\\u0009d'],
  ['\u009b31m', '\\u009b31m'],
  ['\u007f', '\\u007f'],
  ['\u202etxt.exe', '\\u202etxt.exe'],
  ['\u2028\ufeff\u200b', '\\u2028\\ufeff\\u200b'],
])('shows %j instead of obeying it', (text, expected) => {
  expect(printable(text)).toBe(expected);
});

it('prints JSON that means the same and holds no control characters but line breaks', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.string({ unit: 'binary' }), (value, text) => {
      const printed = jsonOf({ [text]: value });

      expect(JSON.parse(printed)).toEqual(JSON.parse(JSON.stringify({ [text]: value })));
      expect(printed).toMatch(/^[^\p{Cc}\u2028-\u202e]*$/mu);
      expect(printed).not.toMatch(/[^\P{Cc}\n]/u);
    }),
  );
});

it('aligns columns', () => {
  expect(
    table([
      ['a', 'bbb', 'c'],
      ['aaaa', 'b', ''],
    ]),
  ).toEqual(['a     bbb  c', 'aaaa  b']);
  expect(table([])).toEqual([]);
});
