import { parseArgs } from 'node:util';

export interface Options {
  readonly json: string | undefined;
  readonly markdown: string | undefined;
  readonly only: string | undefined;
  readonly quick: boolean;
}

export const USAGE = `npm run bench -- [--json FILE] [--markdown FILE] [--quick] [--only NAME]

  --json FILE      write the figures as JSON
  --markdown FILE  replace the figures on a page
  --quick          a minute instead of five; the figures are only good for a look
  --only NAME      one of: calls, latency, appends, log, start
`;

/** Throws for an option that is not known. */
export const optionsOf = (args: readonly string[]): Options => {
  const { values } = parseArgs({
    args: [...args],
    options: {
      json: { type: 'string' },
      markdown: { type: 'string' },
      only: { type: 'string' },
      quick: { type: 'boolean', default: false },
    },
  });
  const { json, markdown, only, quick } = values;
  return { json, markdown, only, quick };
};
