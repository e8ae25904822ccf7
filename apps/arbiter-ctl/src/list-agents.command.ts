import type { Command } from 'commander';
import { listOf, shown } from './answer';
import { connect } from './connection';
import { jsonOf, print, table } from './output';

export const addListAgents = (program: Command): void => {
  program
    .command('list-agents')
    .description('list the registered agents')
    .option('--json', 'print the answer of the API')
    .action(async ({ json }: { readonly json?: true }, command: Command) => {
      const agents = listOf(await (await connect(command)).get('/agents'));
      if (json) {
        print(jsonOf(agents));
        return;
      }
      if (agents.length === 0) print('No agents registered.');
      const rows = agents.map((agent) => [
        shown(agent, 'id'),
        `owner=${shown(agent, 'owner')}`,
        `model=${shown(agent, 'model')}`,
        `trust=${shown(agent, 'trust_level')}`,
        `active=${shown(agent, 'active')}`,
      ]);
      table(rows).forEach(print);
    });
};
