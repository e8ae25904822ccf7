import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { parseExact, stringifyExact } from './exact-json';

const rewrite = (text: string): string => {
  const json = parseExact(text);
  return typeof json === 'string' ? `refused: ${json}` : stringifyExact(json.tree);
};

const nested = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth);

/** Text of any number JSON can spell, in range or not. */
const numberText = fc
  .tuple(
    fc.constantFrom('', '-'),
    fc.oneof(fc.bigInt({ min: 0n }).map(String), fc.nat().map(String)),
    fc.oneof(fc.constant(''), fc.stringMatching(/^\.\d{1,25}$/)),
    fc.oneof(fc.constant(''), fc.stringMatching(/^[eE][+-]?\d{1,3}$/)),
  )
  .map((parts) => parts.join(''));

const finiteText = numberText.filter((text) => Number.isFinite(Number(text)));

describe('exact JSON', () => {
  it.each([
    ['9007199254740993'],
    ['-12345678901234567890'],
    ['1.0'],
    ['-0'],
    ['1e2'],
    ['1E+2'],
    ['0.1000'],
    ['1e-400'],
    ['0.30000000000000004'],
    ['123456789012345678901234567890.5'],
  ])('writes %s as it was written', (number) => {
    expect(rewrite(`{"n": [ ${number} , 1 ]}`)).toBe(`{"n":[${number},1]}`);
  });

  it('keeps the source text of every number', () => {
    fc.assert(
      fc.property(fc.array(finiteText), (numbers) => {
        expect(rewrite(`[${numbers.join(' , ')}]`)).toBe(`[${numbers.join(',')}]`);
      }),
    );
  });

  it('gives the value that a parser of doubles reads from what is written', () => {
    const anything = fc.oneof(
      finiteText,
      fc.string({ unit: 'binary' }).map((text) => JSON.stringify(text)),
      fc.constantFrom(String.raw`"\\ud800"`, String.raw`"\"\\ud8001\""`, '{"__proto__":1.0}'),
    );
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.constantFrom('a', '__proto__', '1'), anything)),
        (members) => {
          const text = `{${members.map(([key, value]) => `"${key}":${value}`).join()}}`;
          const json = parseExact(text);
          if (typeof json === 'string') throw new Error(json);
          expect(isDeepStrictEqual(json.value, JSON.parse(text))).toBe(true);
          expect(isDeepStrictEqual(json.value, JSON.parse(stringifyExact(json.tree)))).toBe(true);
        },
      ),
    );
  });

  it.each([
    ['a lone high half', String.raw`"\ud800"`],
    ['a lone low half', String.raw`{"\udc00":1}`],
    ['halves in the wrong order', String.raw`"\udc00\ud800"`],
    ['a half before a whole character', String.raw`"\ud83d😀"`],
    ['a half in an overwritten duplicate', String.raw`{"a":"\uD800","a":1}`],
    ['a half after an escaped backslash', String.raw`"\\\ud800"`],
  ])('refuses %s', (_case, text) => {
    expect(parseExact(text)).toBe('lone-surrogate');
  });

  it.each([
    [String.raw`"\ud83d\ude00"`, '"😀"'],
    [String.raw`"\\ud800"`, String.raw`"\\ud800"`],
    [String.raw`["\"\\ud800123", 1.0]`, String.raw`["\"\\ud800123",1.0]`],
  ])('accepts %s', (text, written) => {
    expect(rewrite(text)).toBe(written);
  });

  it.each(['1e309', '-1e309', `1${'0'.repeat(309)}`, '[0,{"a":1e999}]'])('refuses %s', (text) => {
    expect(parseExact(text)).toBe('number-out-of-range');
  });

  it('accepts 128 levels and not one more, whatever stands in strings', () => {
    expect(rewrite(nested(128))).toBe(nested(128));
    expect(parseExact(nested(129))).toBe('too-deep');
    expect(parseExact(`{"a":${nested(128)}}`)).toBe('too-deep');
    expect(rewrite(`["${'['.repeat(500)}\\"${'{'.repeat(500)}"]`)).toContain('[[[');
    expect(parseExact('['.repeat(1_000_000))).toBe('too-deep');
  });

  it('bounds the numbers that need their source text', () => {
    expect(rewrite(`[${'1.0,'.repeat(99_999)}1.0]`)).toContain('1.0]');
    expect(parseExact(`[${'1.0,'.repeat(100_000)}1.0]`)).toBe('too-many-numbers');
  });

  it('accepts exactly the texts that the engine accepts, and never throws', () => {
    const token = fc.constantFrom(
      ...['{', '}', '[', ']', ',', ':', '"', '\\', 'a', '1', '-', '.', 'e', '0', ' ', '\n'],
      ...['"a"', 'null', 'true', '1.0', '\\u', '""', '\ufeff'],
    );
    fc.assert(
      fc.property(
        fc.array(token).map((tokens) => tokens.join('')),
        (text) => {
          let engine = true;
          try {
            JSON.parse(text);
          } catch {
            engine = false;
          }
          expect(typeof parseExact(text) === 'object').toBe(engine);
        },
      ),
      { numRuns: 2_000 },
    );
  });
});
