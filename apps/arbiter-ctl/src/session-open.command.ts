import type { Command } from 'commander';
import type { AdminApi } from './admin-api';
import { fieldsOf, requiredText, type Fields } from './answer';
import { connect, httpUrl } from './connection';
import { Failure } from './failure';
import { commaSeparated, given, uuid, wholeNumber } from './options';
import { complain, jsonOf, print, printable } from './output';
import { registerAgent } from './register-agent.command';
import { describe } from './session.description';

interface OpenOptions {
  readonly agent?: string;
  readonly owner?: string;
  readonly model?: string;
  readonly intent: string;
  readonly tools?: readonly string[];
  readonly budget?: number;
  readonly timeLimit?: number;
  readonly rateLimit?: number;
  readonly gatewayUrl: string;
  readonly path: string;
  readonly json?: true;
}

const EXPLANATION = `
The block it prints is what an MCP client needs to call tools through Arbiter in this session:
its token names the session and ends with it.

Examples:
  arbiter-ctl session open --agent 6f1c… --intent "review the release notes" --budget 50
  arbiter-ctl session open --owner team:docs --model my-model --intent "read docs" --json > mcp.json
`;

export const addSessionOpen = (session: Command): void => {
  session
    .command('open')
    .description('open a session and print the MCP client configuration for it')
    .requiredOption('--intent <text>', 'what the agent is supposed to do')
    .option('--agent <uuid>', 'a registered agent', uuid)
    .option('--owner <principal>', 'registers a new agent, together with --model')
    .option('--model <name>', 'registers a new agent, together with --owner')
    .option('--tools <list>', 'the only tools it may call, separated by commas', commaSeparated)
    .option('--budget <calls>', 'how many tool calls it may make', wholeNumber)
    .option('--time-limit <secs>', 'when the session expires', wholeNumber)
    .option('--rate-limit <calls>', 'how many tool calls a minute', wholeNumber)
    .option(
      '--gateway-url <url>',
      'the gateway as the client sees it',
      httpUrl,
      'http://127.0.0.1:8080',
    )
    .option('--path <path>', 'where the MCP server answers', '/mcp')
    .option('--json', 'print the session and the configuration as one JSON document')
    .addHelpText('after', EXPLANATION)
    .action(async (options: OpenOptions, command: Command) => {
      const who = agentIn(options);
      const api = await connect(command);
      const agentId = typeof who === 'string' ? who : await newAgent(api, who);
      await openSession(api, agentId, options);
    });
};

const agentIn = ({
  agent,
  owner,
  model,
}: OpenOptions): string | { readonly owner: string; readonly model: string } => {
  if (agent !== undefined && owner === undefined && model === undefined) return agent;
  if (agent === undefined && owner !== undefined && model !== undefined) return { owner, model };
  throw new Failure('name either --agent, or both --owner and --model to register a new agent');
};

const newAgent = async (
  api: AdminApi,
  who: { readonly owner: string; readonly model: string },
): Promise<string> => {
  const { agentId } = await registerAgent(api, who);
  complain(`Agent registered: ${agentId}`);
  return agentId;
};

const openSession = async (api: AdminApi, agentId: string, options: OpenOptions): Promise<void> => {
  const { intent, tools, budget, timeLimit, rateLimit, json } = options;
  const session = fieldsOf(
    await api.post('/sessions', {
      agent_id: agentId,
      declared_intent: intent,
      ...given({
        authorized_tools: tools,
        call_budget: budget,
        time_limit_secs: timeLimit,
        rate_limit_per_minute: rateLimit,
      }),
    }),
  );
  const configuration = clientConfiguration(options, await tokenFor(api, agentId, session));
  const described = { agent_id: agentId, ...session };
  if (json) {
    print(jsonOf({ session: described, ...configuration }));
    return;
  }
  print('Session opened:');
  describe(described).forEach((line) => {
    print(`  ${line}`);
  });
  print('\nMCP client configuration:\n');
  print(jsonOf(configuration));
  complain('\nThe token in it is a secret: whoever has it acts as this agent in this session.');
};

/** It lives as long as the session, not as long as tokens do otherwise. */
const tokenFor = async (api: AdminApi, agentId: string, session: Fields): Promise<string> => {
  const issued = await api.post(`/agents/${encodeURIComponent(agentId)}/token`, {
    session_id: requiredText(session, 'session_id'),
    ...given({ expiry_seconds: session['time_limit_secs'] }),
  });
  return printable(requiredText(fieldsOf(issued), 'token'));
};

const clientConfiguration = ({ gatewayUrl, path }: OpenOptions, token: string): object => ({
  mcpServers: {
    arbiter: {
      type: 'http',
      url: `${gatewayUrl}${path.startsWith('/') ? '' : '/'}${path}`,
      headers: { Authorization: `Bearer ${token}` },
    },
  },
});
