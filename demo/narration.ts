const isPlain = !process.stdout.isTTY || process.env['NO_COLOR'] !== undefined;
const styled = (code: number, text: string): string =>
  isPlain ? text : `\u001b[${code}m${text}\u001b[0m`;

const write = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

export const heading = (text: string): void => {
  write(`\n${styled(1, text)}`);
};

export const say = (text: string): void => {
  write(`   ${text}`);
};

export const good = (text: string): void => {
  write(`   ${styled(32, '✔')} ${text}`);
};

export const refused = (text: string): void => {
  write(`   ${styled(31, '✘')} ${text}`);
};

/** A demo that did not see what it promises has failed. */
export const expectThat = (holds: boolean, expectation: string): void => {
  if (!holds) throw new Error(`expected that ${expectation}`);
};
