/** Finds a pattern anywhere in a text. Never throws, and takes time linear in the text. */
export type RegexMatcher = (text: string) => boolean;

/**
 * Port: turns a pattern in RE2 syntax into a matcher, or throws when there is no such pattern. Equal
 * patterns give matchers that agree.
 */
export type RegexCompiler = (pattern: string) => RegexMatcher;
