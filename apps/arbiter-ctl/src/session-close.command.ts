import type { Command } from 'commander';
import { fieldsOf } from './answer';
import { connect } from './connection';
import { explaining } from './failure';
import { uuid } from './options';
import { jsonOf, print } from './output';
import { describe } from './session.description';

const MEANINGS = { 404: 'there is no such session', 409: 'it was closed before' };

export const addSessionClose = (session: Command): void => {
  session
    .command('close')
    .description('end a session and print what it was used for')
    .argument('<session>', 'its id', uuid)
    .option('--json', 'print the answer of the API')
    .action(async (id: string, { json }: { readonly json?: true }, command: Command) => {
      const api = await connect(command);
      const path = `/sessions/${encodeURIComponent(id)}/close`;
      const answer = fieldsOf(await explaining(MEANINGS, api.post(path)));
      if (json) print(jsonOf(answer));
      else describe(answer).forEach(print);
    });
};
