import type { RegexCompiler } from '@arbiter/domain';
import { RE2JS } from 're2js';

const REMEMBERED_TEXTS_MAX = 32;

/**
 * RE2 syntax in linear time: unanchored, case-sensitive unless `(?i)`, neither look-around nor
 * back-references. `\b`, `\w`, `\d` and `\s` are ASCII, unlike in intent keywords, whose boundaries
 * are Unicode; write `\pL` or `\p{Nd}` where other scripts matter. There is no `(?x)`.
 *
 * The few texts that were seen last are remembered: a session asks about the same intent on every
 * call, and a thousand patterns would take milliseconds to search it each time.
 */
export const re2RegexCompiler: RegexCompiler = (pattern) => {
  const compiled = RE2JS.compile(pattern);
  const remembered = new Map<string, boolean>();
  return (text) => {
    const known = remembered.get(text);
    if (known !== undefined) return known;
    if (remembered.size >= REMEMBERED_TEXTS_MAX) remembered.clear();
    const found = compiled.test(text);
    remembered.set(text, found);
    return found;
  };
};
