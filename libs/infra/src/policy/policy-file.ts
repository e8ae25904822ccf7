import { examinePolicyDocument, unreadablePolicies, type PolicyExamination } from '@arbiter/domain';
import { parse, TomlError } from 'smol-toml';
import { re2RegexCompiler } from './re2.regex-compiler';

/** The text of a policy file, judged. Text that is not TOML is a finding and not an exception. */
export const examinePolicyToml = (text: string): PolicyExamination => {
  let document: unknown;
  try {
    // Without this, one integer beyond 2^53 makes the whole file unreadable.
    document = parse(text, { integersAsBigInt: 'asNeeded' });
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    return unreadablePolicies(syntaxMessage(error));
  }
  return examinePolicyDocument(document, re2RegexCompiler);
};

/** The parser's first line says what is wrong; the lines below it quote the file. */
const syntaxMessage = ({ message, line, column }: TomlError): string =>
  `line ${line}, column ${column}: ${message.split('\n', 1).join('')}`;
