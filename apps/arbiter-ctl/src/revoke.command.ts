import type { Command } from 'commander';
import { fieldsOf } from './answer';
import { connect } from './connection';
import { explaining } from './failure';
import { uuid } from './options';
import { print, printable } from './output';

const MEANINGS = { 404: 'there is no such agent', 409: 'it was deactivated before' };

export const addRevoke = (program: Command): void => {
  program
    .command('revoke')
    .description('deactivate an agent for good, whatever it delegated to, and end their sessions')
    .requiredOption('--agent <uuid>', 'the agent', uuid)
    .action(async ({ agent }: { readonly agent: string }, command: Command) => {
      const api = await connect(command);
      const path = `/agents/${encodeURIComponent(agent)}`;
      const answer = fieldsOf(await explaining(MEANINGS, api.delete(path)));
      const deactivated = answer['deactivated'];
      const ids = Array.isArray(deactivated) ? deactivated.map(String) : [];
      print(`Revoked ${ids.length} agent(s): ${printable(ids.join(', '))}`);
    });
};
