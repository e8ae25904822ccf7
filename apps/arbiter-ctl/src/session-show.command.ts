import type { Command } from 'commander';
import { fieldsOf } from './answer';
import { connect } from './connection';
import { uuid } from './options';
import { jsonOf, print } from './output';
import { describe } from './session.description';

export const addSessionShow = (session: Command): void => {
  session
    .command('show')
    .description('show what a session may do and what is left of it')
    .argument('<session>', 'its id', uuid)
    .option('--json', 'print the answer of the API')
    .action(async (id: string, { json }: { readonly json?: true }, command: Command) => {
      const api = await connect(command);
      const answer = fieldsOf(await api.get(`/sessions/${encodeURIComponent(id)}`));
      if (json) print(jsonOf(answer));
      else describe(answer).forEach(print);
    });
};
