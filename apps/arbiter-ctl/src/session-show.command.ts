import type { Command } from 'commander';
import { fieldsOf } from './answer';
import { connect } from './connection';
import { explaining } from './failure';
import { uuid } from './options';
import { jsonOf, print } from './output';
import { describe } from './session.description';

const MEANINGS = { 404: 'there is no such session' };

export const addSessionShow = (session: Command): void => {
  session
    .command('show')
    .description('show what a session may do and what is left of it')
    .argument('<session>', 'its id', uuid)
    .option('--json', 'print the answer of the API')
    .action(async (id: string, { json }: { readonly json?: true }, command: Command) => {
      const api = await connect(command);
      const path = `/sessions/${encodeURIComponent(id)}`;
      const answer = fieldsOf(await explaining(MEANINGS, api.get(path)));
      if (json) print(jsonOf(answer));
      else describe(answer).forEach(print);
    });
};
