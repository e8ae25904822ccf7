import { re2RegexCompiler } from './re2.regex-compiler';

const finds = (pattern: string, text: string) => re2RegexCompiler(pattern)(text);

describe('regexes of intents', () => {
  it.each([
    ['found anywhere', 'quart.rly', 'the quarterly report', true],
    ['anchored on request', '^report', 'the report', false],
    ['case-sensitive', 'Report', 'the report', false],
    ['inline flags', '(?i)REPORT', 'the report', true],
    ['dot and newline', 'a.b', 'a\nb', false],
    ['dot and newline on request', '(?s)a.b', 'a\nb', true],
    ['Unicode classes', '^\\pL+$', 'büro', true],
    ['ASCII word boundaries', '\\bfoo\\b', 'éfoo', true],
    ['the empty pattern', '', '', true],
  ])('%s', (_, pattern, text, expected) => {
    expect(finds(pattern, text)).toBe(expected);
  });

  it.each(['(?=a)', '(?<=a)b', '(a)\\1', '(?x) a', '[', 'a{2000}', '((a{100}){100}){100}'])(
    'refuses %s',
    (pattern) => {
      expect(() => re2RegexCompiler(pattern)).toThrow('error parsing regexp');
    },
  );

  it('takes linear time where backtracking takes for ever', () => {
    expect(finds('^(a|a)*(a+)+$', `${'a'.repeat(5_000)}b`)).toBe(false);
  });

  it('gives the same answer however often and after however many others it is asked', () => {
    const matcher = re2RegexCompiler('7$');
    const texts = Array.from({ length: 100 }, (_, n) => `text ${n}`);
    const expected = texts.map((text) => text.endsWith('7'));
    expect(texts.map(matcher)).toEqual(expected);
    expect(texts.toReversed().map(matcher)).toEqual(expected.toReversed());
  });

  it('survives text that is not well formed', () => {
    expect(finds('a', '\ud800a\udc00')).toBe(true);
  });
});
