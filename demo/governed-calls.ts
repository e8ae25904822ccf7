import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import type { ArbiterProcess } from '../test/support/arbiter-process';
import { expectThat, good, heading, refused, say } from './narration';

const BUDGET = 3;

interface Explanation {
  readonly decision: string;
  readonly reason: string | null;
  readonly trace: readonly {
    readonly policy_id: string;
    readonly matched: boolean;
    readonly specificity: number;
  }[];
}

/** An agent, a session, and what the session lets the agent do. */
export const callTools = async (arbiter: ArbiterProcess): Promise<void> => {
  heading('2. An operator registers an agent and opens a task session');
  const agent = await created(arbiter, '/agents', {
    owner: 'platform-team',
    model: 'demo-model',
    trust_level: 'basic',
  });
  const agentId = String(agent['agent_id']);
  good(`agent ${agentId}, owner platform-team, trust basic`);
  const session = await created(arbiter, '/sessions', {
    agent_id: agentId,
    declared_intent: 'read the numbers and summarize them',
    call_budget: BUDGET,
  });
  const sessionId = String(session['session_id']);
  good(`session ${sessionId}: ${BUDGET} calls, one hour`);
  const issued = await created(arbiter, `/agents/${agentId}/token`, { session_id: sessionId });
  say(
    'The agent gets one bearer token, bound to the session. A stock MCP client needs nothing else.',
  );

  const client = new Client({ name: 'demo', version: '1' });
  const transport = new StreamableHTTPClientTransport(new URL(`${arbiter.dataUrl}/mcp`), {
    requestInit: { headers: { authorization: `Bearer ${String(issued['token'])}` } },
  });
  await client.connect(transport);
  try {
    await useTools(client);
    await explain(arbiter, agentId);
    await exhaust(client);
  } finally {
    await client.close();
  }
};

const useTools = async (client: Client): Promise<void> => {
  heading('3. The official MCP client talks to the server through Arbiter');
  const { tools } = await client.listTools();
  const names = tools.map(({ name }) => name);
  good(
    `initialize and tools/list: it sees ${names.join(', ')}, and no tool that it could not call`,
  );
  expectThat(names.includes('echo') && !names.includes('get-env'), 'the list is filtered');
  good(
    `tools/call echo → ${await call(client, 'echo', { message: 'hello through the firewall' })}`,
  );
};

const explain = async (arbiter: ArbiterProcess, agentId: string): Promise<void> => {
  heading('4. A call that policy denies, and why');
  const { body } = await arbiter.admin('POST', '/policy/explain', {
    agent_id: agentId,
    declared_intent: 'read the numbers and summarize them',
    tool: 'get-env',
  });
  const { decision, reason, trace } = body as unknown as Explanation;
  expectThat(decision === 'deny', 'get-env is denied');
  refused(`tools/call get-env → ${decision}: ${reason ?? ''}`);
  for (const { policy_id, matched, specificity } of trace)
    say(`  ${matched ? 'matches' : 'skipped'}  ${policy_id} (score ${specificity})`);
};

const exhaust = async (client: Client): Promise<void> => {
  refused(`and through the gateway: ${await refusalOf(client, 'get-env', {})}`);
  heading('5. A budget that runs out');
  good(`tools/call get-sum 19 + 23 → ${await call(client, 'get-sum', { a: 19, b: 23 })}`);
  say('Denied calls count too: the fourth call of three is refused.');
  refused(`tools/call echo → ${await refusalOf(client, 'echo', { message: 'once more' })}`);
};

const created = async (
  arbiter: ArbiterProcess,
  path: string,
  body: object,
): Promise<Record<string, unknown>> => {
  const answer = await arbiter.admin('POST', path, body);
  expectThat(
    answer.status < 300,
    `POST ${path} succeeds, and it answered ${answer.status} ${answer.body.error ?? ''}`,
  );
  return answer.body;
};

const call = async (
  client: Client,
  name: string,
  args: Record<string, unknown>,
): Promise<string> => {
  const { content } = await client.callTool({ name, arguments: args });
  const [first] = content as readonly { readonly type: string; readonly text?: string }[];
  return first?.text ?? '';
};

const refusalOf = async (
  client: Client,
  name: string,
  args: Record<string, unknown>,
): Promise<string> => {
  try {
    await call(client, name, args);
  } catch (error) {
    return summaryOf(error instanceof Error ? error.message : String(error));
  }
  throw new Error(`expected that ${name} is refused`);
};

/** The gateway's error body, out of what the client makes of it. */
const summaryOf = (message: string): string => {
  const json = /\{.*\}/s.exec(message)?.[0];
  if (json === undefined) return message;
  const { error } = JSON.parse(json) as {
    readonly error: { readonly code: string; readonly message: string };
  };
  return `${error.code}: ${error.message}`;
};
