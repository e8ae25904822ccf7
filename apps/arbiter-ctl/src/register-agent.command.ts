import type { Command } from 'commander';
import type { AdminApi } from './admin-api';
import { fieldsOf, requiredText } from './answer';
import { connect } from './connection';
import { commaSeparated, given } from './options';
import { complain, print, printable } from './output';

export interface AgentOptions {
  readonly owner: string;
  readonly model: string;
  readonly capabilities?: readonly string[];
  readonly trustLevel?: string;
  readonly expiresAt?: string;
}

export interface RegisteredAgent {
  readonly agentId: string;
  readonly token: string;
}

/** Of the end, where tokens differ: enough to tell two apart, too little to use one. */
const SHOWN_CHARS = 6;

export const addRegisterAgent = (program: Command): void => {
  program
    .command('register-agent')
    .description('register an agent and print its first token')
    .requiredOption('--owner <principal>', 'the person or team it acts for')
    .requiredOption('--model <name>', 'the model behind it')
    .option('--capabilities <list>', 'what it may delegate, separated by commas', commaSeparated)
    .option('--trust-level <level>', 'untrusted, basic, verified or trusted (default: untrusted)')
    .option('--expires-at <time>', 'when it stops being usable, such as 2027-01-31T12:00:00Z')
    .action(async (options: AgentOptions, command: Command) => {
      const { agentId, token } = await registerAgent(await connect(command), options);
      print('Agent registered:');
      print(`  ID:    ${agentId}`);
      print(`  Token: ${token}`);
      complain(
        `The token …${token.slice(-SHOWN_CHARS)} is a secret and is not shown again: store it like a password.`,
      );
    });
};

export const registerAgent = async (
  api: AdminApi,
  { owner, model, capabilities = [], trustLevel, expiresAt }: AgentOptions,
): Promise<RegisteredAgent> => {
  const terms = given({ trust_level: trustLevel, expires_at: expiresAt });
  const agent = fieldsOf(await api.post('/agents', { owner, model, capabilities, ...terms }));
  return {
    agentId: printable(requiredText(agent, 'agent_id')),
    token: printable(requiredText(agent, 'token')),
  };
};
