import { ArbiterProcess } from '../../test/support/arbiter-process';
import type { Target } from '../load/load';

const CALL_BUDGET_MAX = 1_000_000;
const TIME_LIMIT_SECS = 3_600;

/** Rules that apply to other calls, as an ordinary policy file has them. */
const ordinaryRules = [
  `id = "no-deletion"\neffect = "deny"\nallowed_tools = ["delete_file", "remove_directory"]`,
  `id = "shell-needs-a-human"\neffect = "escalate"\nallowed_tools = ["run_command"]`,
  `id = "web"\neffect = "allow"\nallowed_tools = ["fetch", "search"]`,
  `id = "mail"\neffect = "escalate"\nallowed_tools = ["send_mail"]`,
  `id = "tickets"\neffect = "allow"\nallowed_tools = ["create_ticket", "read_ticket"]`,
  `id = "database"\neffect = "allow"\nallowed_tools = ["query"]`,
  `id = "payments"\neffect = "deny"\nallowed_tools = ["pay", "refund"]`,
  `id = "calendar"\neffect = "allow"\nallowed_tools = ["list_events", "create_event"]`,
  `id = "images"\neffect = "allow"\nallowed_tools = ["draw", "describe_image"]`,
  `id = "deploy"\neffect = "escalate"\nallowed_tools = ["deploy", "rollback"]`,
];

const configOf = (upstreamUrl: string): string =>
  [
    `[proxy]\nupstream_url = "${upstreamUrl}"`,
    `[[policy.policies]]\nid = "allow-all"\neffect = "allow"\nallowed_tools = ["*"]`,
    ...ordinaryRules.map((rule) => `[[policy.policies]]\n${rule}`),
  ].join('\n\n');

/** The built server on its defaults: SQLite in a home directory of its own, `synchronous = full`. */
export const startGateway = (upstreamUrl: string): Promise<ArbiterProcess> =>
  ArbiterProcess.start({ toml: configOf(upstreamUrl) });

/** A fresh agent with a fresh session whose token is all that a client has to send. */
export const governedTarget = async (arbiter: ArbiterProcess): Promise<Target> => {
  const agentId = await created(arbiter, '/agents', 'agent_id', {
    owner: 'benchmark',
    model: 'none',
    trust_level: 'basic',
  });
  const sessionId = await created(arbiter, '/sessions', 'session_id', {
    agent_id: agentId,
    declared_intent: 'read quarterly reports',
    call_budget: CALL_BUDGET_MAX,
    time_limit_secs: TIME_LIMIT_SECS,
  });
  const token = await created(arbiter, `/agents/${agentId}/token`, 'token', {
    session_id: sessionId,
  });
  return { url: `${arbiter.dataUrl}/mcp`, headers: { authorization: `Bearer ${token}` } };
};

const created = async (
  arbiter: ArbiterProcess,
  path: string,
  member: string,
  body: unknown,
): Promise<string> => {
  const { status, body: answer } = await arbiter.admin('POST', path, body);
  const value = answer[member];
  if (status >= 300 || typeof value !== 'string')
    throw new Error(`POST ${path} answered ${status}: ${JSON.stringify(answer)}`);
  return value;
};
