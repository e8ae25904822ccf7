import { caseFolded, IntentText, keywordOf } from './intent-text';

const mentions = (intent: string, keyword: string) =>
  new IntentText(intent).mentions(keywordOf(keyword));

describe('keywords in an intent (§5.2)', () => {
  it.each([
    ['whole word', 'read the report', 'read', true],
    ['no part of a word [T]', 'spread the readme', 'read', false],
    ['any case [T]', 'READ the report', 'Read', true],
    ['next to punctuation', '(read), then stop', 'read', true],
    ['underscores join words', 'read_file now', 'read', false],
    ['digits join words', 'read2 now', 'read', false],
    ['hyphens separate words', 'read-only', 'read', true],
    ['other scripts join words', 'préread', 'read', false],
    ['combining marks join words', 'read\u0301', 'read', false],
    ['other scripts', 'das Büro ÖFFNEN', 'öffnen', true],
    ['the final sigma', 'ο οδος', 'ΟΔΟΣ', true],
    ['simple folding only', 'strasse', 'straße', false],
    ['beyond the basic plane', '\u{10400}\u{10401} x', '\u{10428}\u{10429}', true],
    ['phrase', 'please Read  the report', 'read  THE', true],
    ['phrase that ends within a word', 'read the reporting', 'the report', false],
    ['phrase, second occurrence', 'xread the, read the', 'read the', true],
    ['starts with a sign after a word', 'use c++17', 'c++', true],
    ['ends with a sign before a blank', 'use c++ now', 'c++', false],
    ['ends with a sign at the end', 'use c++', 'c++', false],
    ['a sign between words', 'a&b', '&', true],
    ['a sign between blanks', 'a & b', '&', false],
    ['regex characters are plain', 'abc', 'a.c', false],
    ['empty keyword, some word', 'x', '', true],
    ['empty keyword, no word', ' - ', '', false],
    ['empty intent', '', 'read', false],
  ])('%s', (_, intent, keyword, expected) => {
    expect(mentions(intent, keyword)).toBe(expected);
  });

  it('survives text that is not well formed', () => {
    expect(mentions('\ud800 read \udc00', 'read')).toBe(true);
    expect(mentions('\ud800 read now', 'read now')).toBe(true);
  });

  it('folds like the regex engine, for every character that has a case', () => {
    const points = Array.from({ length: 0x110000 }, (_, point) => point);
    const cased = points
      .filter((point) => point < 0xd800 || point > 0xdfff)
      .map((point) => String.fromCodePoint(point))
      .filter((char) => char.toLowerCase() !== char || char.toUpperCase() !== char);
    const wrong = cased.filter((char) => {
      const related = [caseFolded(char), char.toLowerCase(), char.toUpperCase()];
      return related
        .filter((other) => Array.from(other).length === 1)
        .some(
          (other) =>
            new RegExp(`^${other}$`, 'iu').test(char) !== (caseFolded(other) === caseFolded(char)),
        );
    });
    expect(cased.length).toBeGreaterThan(2_000);
    expect(wrong).toEqual([]);
  });
});
