import { request, type Dispatcher } from 'undici';
import type { ArbiterProcess } from './arbiter-process';

/** A rule that lets everything pass, so that only the limits under test refuse. */
export const ALLOW_ALL = `[[policy.policies]]
id = "allow-all"
effect = "allow"
allowed_tools = ["*"]`;

interface GatewayToml {
  readonly upstreamUrl: string;
  /** Further lines of `[proxy]`. */
  readonly proxy?: readonly string[];
  /** Sections; a rule that allows everything when absent. */
  readonly sections?: readonly string[];
}

/** The admin API as a test uses it is faster than any person: its rate limit is out of the way. */
export const gatewayToml = ({ upstreamUrl, proxy = [], sections = [ALLOW_ALL] }: GatewayToml) =>
  [
    '[proxy]',
    `upstream_url = "${upstreamUrl}"`,
    ...proxy,
    '[admin]',
    'rate_limit_requests = 1000000',
    ...sections,
  ].join('\n');

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
  /** The text as JSON; `undefined` when it is none. */
  readonly json: unknown;
}

interface Sent {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string | string[]>>;
  readonly body?: string | Buffer | object;
  readonly dispatcher?: Dispatcher;
}

/** One HTTP request; never throws for a status. Whatever is not text is sent as JSON. */
export const send = async (url: string, sent: Sent = {}): Promise<Answer> => {
  const { method = 'POST', headers = {}, body, dispatcher } = sent;
  const isText = typeof body === 'string' || Buffer.isBuffer(body);
  const response = await request(url, {
    method: method,
    headers: { 'content-type': 'application/json', ...headers },
    body: body === undefined ? null : isText ? body : JSON.stringify(body),
    ...(dispatcher !== undefined && { dispatcher }),
  });
  const text = await response.body.text();
  return { status: response.statusCode, headers: response.headers, text, json: parsed(text) };
};

export const toolCall = (name = 'echo', args: object = {}, id: number | string = 1) => ({
  jsonrpc: '2.0',
  id,
  method: 'tools/call',
  params: { name, arguments: args },
});

export interface Terms {
  readonly agent?: object;
  readonly session?: object;
}

/** A registered agent with an open session and a token for it: all that a client of the gateway has. */
export class GovernedSession {
  private constructor(
    readonly arbiter: ArbiterProcess,
    readonly agentId: string,
    readonly sessionId: string,
    readonly token: string,
  ) {}

  static async open(arbiter: ArbiterProcess, terms: Terms = {}): Promise<GovernedSession> {
    const agent = { owner: 'user:alice', model: 'test-model', ...terms.agent };
    const { agent_id: agentId } = await created(arbiter, '/agents', agent);
    return GovernedSession.openFor(arbiter, String(agentId), terms.session);
  }

  /** Another session of an agent that exists. */
  static async openFor(arbiter: ArbiterProcess, agentId: string, terms: object = {}) {
    const { session_id: sessionId } = await created(arbiter, '/sessions', {
      agent_id: agentId,
      declared_intent: 'read the report',
      ...terms,
    });
    const { token } = await created(arbiter, `/agents/${agentId}/token`, { session_id: sessionId });
    return new GovernedSession(arbiter, agentId, String(sessionId), String(token));
  }

  get endpoint(): string {
    return `${this.arbiter.dataUrl}/mcp`;
  }

  /** D7: the one header that stands for the two others. */
  get bearer(): { readonly authorization: string } {
    return { authorization: `Bearer ${this.token}` };
  }

  get ids(): Readonly<Record<'x-agent-id' | 'x-arbiter-session', string>> {
    return { 'x-agent-id': this.agentId, 'x-arbiter-session': this.sessionId };
  }

  /** POST with the two id headers; `headers` win. */
  post(body: NonNullable<Sent['body']>, headers: Sent['headers'] = {}): Promise<Answer> {
    return send(this.endpoint, { headers: { ...this.ids, ...headers }, body });
  }

  call(tool?: string, args?: object): Promise<Answer> {
    return this.post(toolCall(tool, args));
  }

  async state(): Promise<Readonly<Record<string, unknown>>> {
    return (await this.arbiter.admin('GET', `/sessions/${this.sessionId}`)).body;
  }

  async close(): Promise<void> {
    const { status } = await this.arbiter.admin('POST', `/sessions/${this.sessionId}/close`);
    if (status !== 200) throw new Error(`Closing the session answered ${status}.`);
  }
}

const created = async (arbiter: ArbiterProcess, path: string, body: object) => {
  const answer = await arbiter.admin('POST', path, body);
  if (answer.status >= 300)
    throw new Error(`POST ${path} answered ${answer.status}: ${JSON.stringify(answer.body)}`);
  return answer.body;
};

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};
