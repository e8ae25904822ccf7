import type { Command } from 'commander';
import { fieldsOf } from './answer';
import { connect } from './connection';
import { uuid } from './options';
import { print, printable } from './output';

export const addRevoke = (program: Command): void => {
  program
    .command('revoke')
    .description('deactivate an agent for good, whatever it delegated to, and end their sessions')
    .requiredOption('--agent <uuid>', 'the agent', uuid)
    .action(async ({ agent }: { readonly agent: string }, command: Command) => {
      const api = await connect(command);
      const answer = fieldsOf(await api.delete(`/agents/${encodeURIComponent(agent)}`));
      const deactivated = answer['deactivated'];
      const ids = Array.isArray(deactivated) ? deactivated.map(String) : [];
      print(`Revoked ${ids.length} agent(s): ${printable(ids.join(', '))}`);
    });
};
