/** What Unicode `\b` counts as part of a word (§5.2). */
const WORD = String.raw`[\p{Alphabetic}\p{M}\p{Nd}\p{Pc}]`;
const WORDS = new RegExp(`${WORD}+`, 'gu');
const WORD_ONLY = new RegExp(`^${WORD}+$`, 'u');
const STARTS_WITH_WORD = new RegExp(`^${WORD}`, 'u');
const ENDS_WITH_WORD = new RegExp(`${WORD}$`, 'u');
const ASCII = /^\p{ASCII}*$/u;
const CODE_POINT_UNITS_MAX = 2;

/** The keyword of a rule, folded once when the rules are loaded. */
export interface Keyword {
  readonly folded: string;
  readonly isOneWord: boolean;
}

export const keywordOf = (text: string): Keyword => {
  const folded = caseFolded(text);
  return { folded, isOneWord: WORD_ONLY.test(folded) };
};

/** A declared intent, taken apart at most once however many rules ask for keywords. */
export class IntentText {
  private foldedText: string | undefined;
  private wordSet: ReadonlySet<string> | undefined;

  constructor(readonly raw: string) {}

  /** The keyword as a whole word or phrase: `\bkeyword\b`, regardless of case. */
  mentions({ folded, isOneWord }: Keyword): boolean {
    if (isOneWord) return this.words.has(folded);
    if (folded === '') return this.words.size > 0;
    return this.mentionsPhrase(folded);
  }

  private mentionsPhrase(phrase: string): boolean {
    const text = this.folded;
    for (let start = text.indexOf(phrase); start !== -1; start = text.indexOf(phrase, start + 1)) {
      if (isBoundary(text, start) && isBoundary(text, start + phrase.length)) return true;
    }
    return false;
  }

  private get folded(): string {
    return (this.foldedText ??= caseFolded(this.raw));
  }

  private get words(): ReadonlySet<string> {
    return (this.wordSet ??= new Set(this.folded.match(WORDS)));
  }
}

const isBoundary = (text: string, index: number): boolean =>
  ENDS_WITH_WORD.test(text.slice(Math.max(0, index - CODE_POINT_UNITS_MAX), index)) !==
  STARTS_WITH_WORD.test(text.slice(index, index + CODE_POINT_UNITS_MAX));

/**
 * Unicode simple case folding, the one that regex engines use: character by character, so that `ς`
 * equals `Σ` and `ß` does not equal `ss`.
 */
export const caseFolded = (text: string): string =>
  ASCII.test(text) ? text.toLowerCase() : Array.from(text, foldedCharacter).join('');

const foldedCharacter = (character: string): string => {
  // Upper case first: several small letters may share one capital. Dotless i has no fold of its own.
  const upper = character === 'ı' ? character : single(character.toUpperCase(), character);
  return single(upper.toLowerCase(), upper);
};

/** Full case mappings may give several characters; simple folding ignores those. */
const single = (mapped: string, otherwise: string): string =>
  mapped.length === String.fromCodePoint(mapped.codePointAt(0) ?? 0).length ? mapped : otherwise;
