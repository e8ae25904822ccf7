import { eventsOf, type LoggedEvent } from '../support/event-log';
import { GatewayStand } from '../support/gateway-stand';
import {
  ALLOW_ALL,
  send,
  toolCall,
  type Answer,
  type GovernedSession,
} from '../support/governed-session';
import { refusalIn } from '../support/refusals';
import { eventually } from '../support/waiting';

const NOBODY = '00000000-0000-4000-8000-000000000000';
type Headers = Readonly<Record<string, string | string[]>>;

const RPC = { jsonrpc: '2.0', id: 1 };
const call = toolCall();

const request = (method: string, params: object = {}) => ({ ...RPC, method, params });

/** How a header says what a header cannot hold. */
const encoded = (text: string): string => `=?base64?${Buffer.from(text).toString('base64')}?=`;

const digestIn = ({ calls }: LoggedEvent['data']): unknown =>
  (calls as readonly LoggedEvent['data'][])[0]?.['argumentsDigest'];

describe('a request that would be read in two ways', () => {
  let stand: GatewayStand;
  let session: GovernedSession;

  beforeAll(async () => {
    stand = await GatewayStand.start();
  });
  beforeEach(async () => {
    stand.upstream.reset();
    session = await stand.openSession();
  });
  afterAll(() => stand.stop());

  /** Every value the upstream was sent under the name, in order. */
  const received = (name: string): readonly string[] => {
    const { rawHeaders } = stand.upstream.last;
    return rawHeaders.filter(
      (_value, index) => index % 2 === 1 && rawHeaders[index - 1]?.toLowerCase() === name,
    );
  };

  const callEvents = (refused: Answer) =>
    eventsOf(stand.arbiter, { stream: `call/${refusalIn(refused).request_id}` });

  describe('by its encoding', () => {
    it.each<readonly [Headers]>([
      [{ 'content-type': 'application/json; charset=utf-7' }],
      [{ 'content-type': 'application/json; charset=utf-16le' }],
      [{ 'content-type': ['application/json', 'text/plain'] }],
      [{ 'content-encoding': 'gzip' }],
      [{ 'content-encoding': 'deflate' }],
    ])('is forwarded as the UTF-8 that was judged, %j', async (headers) => {
      const message = toolCall('echo', { a: 'ü+ADw-' });

      expect((await session.post(JSON.stringify(message, null, 2), headers)).status).toBe(200);

      expect(received('content-type')).toEqual(['application/json']);
      expect(received('content-encoding')).toEqual([]);
      expect(stand.upstream.last.body).toBe(JSON.stringify(message));
    });
  });

  describe('by headers that repeat the body', () => {
    const prompt = request('prompts/get', { name: 'überblick' });

    it.each<readonly [string, object, string, string]>([
      ['another method', call, 'mcp-method', 'tools/list'],
      ['a method in other letters', call, 'mcp-method', 'Tools/Call'],
      ['another tool', call, 'mcp-name', 'delete_all'],
      ['another prompt, encoded', prompt, 'mcp-name', encoded('überfall')],
      ['a name where there is none', request('ping'), 'mcp-name', 'echo'],
      ['one method of a batch', [call], 'mcp-method', 'tools/call'],
    ])('is forwarded without one that says %s', async (_case, body, name, value) => {
      expect((await session.post(body, { [name]: value })).status).toBe(200);

      expect(received(name)).toEqual([]);
    });

    it.each<readonly [object, string, string]>([
      [call, 'mcp-method', 'tools/call'],
      [call, 'mcp-name', 'echo'],
      [prompt, 'mcp-name', encoded('überblick')],
      [request('resources/read', { uri: 'docs://a' }), 'mcp-name', 'docs://a'],
    ])('is forwarded with the one of two that agrees, %j %s %s', async (body, name, value) => {
      await session.post(body, { [name]: ['tools/list', value] });

      expect(received(name)).toEqual([value]);
    });
  });

  describe('by who sends it', () => {
    it.each<readonly [string, () => Headers]>([
      ['first', () => ({ ...session.ids, 'x-agent-id': [session.agentId, NOBODY, 'root'] })],
      ['token’s', () => session.bearer],
    ])('has one agent id, the %s, which was judged', async (_case, headers) => {
      await send(session.endpoint, { headers: headers(), body: call });

      expect(received('x-agent-id')).toEqual([session.agentId]);
    });

    it.each<readonly [string, (token: string) => string[]]>([
      ['a valid token', (token) => [`Bearer ${token}`]],
      ['a tampered token', (token) => [`Bearer ${token.slice(0, -6)}AAAAAA`]],
      ['a second bearer', (token) => ['Bearer other', `Bearer ${token}`]],
    ])('does not carry %s of ours', async (_case, authorization) => {
      const { token } = session;

      await session.post(call, { authorization: authorization(token) });

      expect(received('authorization').join()).not.toContain(token.slice(0, -6));
    });

    it('does not carry a token of ours that has expired', async () => {
      const { body } = await stand.arbiter.admin('POST', `/agents/${session.agentId}/token`, {
        expiry_seconds: 1,
        session_id: session.sessionId,
      });
      const authorization = `Bearer ${String(body['token'])}`;
      await eventually('the token expires', async () => {
        const { status } = await send(session.endpoint, { headers: { authorization }, body: call });
        return status === 401 ? true : undefined;
      });

      expect((await session.post(call, { authorization })).status).toBe(200);
      expect(received('authorization')).toEqual([]);
    });

    it('carries the bearer of others', async () => {
      await session.post(call, { authorization: 'Bearer other' });

      expect(received('authorization')).toEqual(['Bearer other']);
    });

    it.each<readonly [string, (key: string) => Headers]>([
      ['as a bearer', (key) => ({ authorization: `Bearer ${key}` })],
      ['as x-api-key', (key) => ({ 'x-api-key': key })],
      ['as x-api-key twice', (key) => ({ 'x-api-key': [key, key] })],
      ['as the second x-api-key', (key) => ({ 'x-api-key': ['other', key] })],
      ['as the second bearer', (key) => ({ authorization: ['Bearer other', `Bearer ${key}`] })],
      ['after a tab', (key) => ({ authorization: `Bearer\t${key}` })],
      ['in a list', (key) => ({ 'x-api-key': `x, ${key}` })],
    ])('does not carry the admin key %s', async (_case, headers) => {
      const { adminKey } = stand.arbiter;

      await session.post(call, headers(adminKey));

      expect(JSON.stringify(stand.upstream.last.rawHeaders)).not.toContain(adminKey);
    });
  });

  describe('by what is on record', () => {
    it('is refused when it is too large to be recorded', async () => {
      const read = (length: number) =>
        session.post(request('resources/read', { uri: 'https://x/'.padEnd(length, 'a') }));

      expect((await read(65_536)).status).toBe(200);
      expect(refusalIn(await read(65_537))).toMatchObject({ status: 413 });
      expect(stand.upstream.received).toHaveLength(1);
    });

    it('has the beginning of a header that is longer than any id', async () => {
      const headers = { 'x-agent-id': 'a'.repeat(50_000) };
      const answer = await send(stand.url, { headers, body: call });

      const [refused] = await callEvents(answer);
      expect(refused?.type).toBe('call.refused');
      expect(refused?.data['agentHeader']).toMatch(/^a{1,256}$/);
    });

    it('has the calls of a session that nobody knows', async () => {
      const answer = await session.post(call, { 'x-arbiter-session': NOBODY });

      const [refused] = await callEvents(answer);
      expect(refused).toMatchObject({
        type: 'call.refused',
        data: { sessionHeader: NOBODY, calls: [{ method: 'tools/call', tool: 'echo' }] },
      });
    });

    it('tells apart numbers that no double can', async () => {
      const numbers = ['9007199254740992', '9007199254740993', '9007199254740993'];
      for (const n of numbers)
        await session.post(JSON.stringify(toolCall('echo', { n: 0 })).replace('"n":0', `"n":${n}`));

      const stream = `session/${session.sessionId}`;
      const events = await eventsOf(stand.arbiter, {
        stream,
        type: 'session.tool-call-authorized',
      });
      const [one, other, same] = events.map(({ data }) => digestIn(data));
      expect(one).toMatch(/^[0-9a-f]{64}$/);
      expect(other).not.toBe(one);
      expect(same).toBe(other);
    });
  });

  describe('by its answer, a list of tools', () => {
    const list = JSON.stringify({ ...RPC, result: { tools: [{ name: 'echo' }] } });

    const answered = (type: string, text: string) => {
      stand.upstream.behave((_received, response) => {
        const headers = { 'content-type': type, 'content-length': text.length };
        response.writeHead(200, headers).end(text);
      });
      return session.post(request('tools/list'));
    };

    it.each([list, ''])('passes as JSON, "%s"', async (text) => {
      expect(await answered('application/json', text)).toMatchObject({ status: 200, text });
    });

    it('does not pass as text', async () => {
      expect(refusalIn(await answered('text/plain', list)).status).toBe(502);
    });
  });
});

describe('a refusal by policy without a session', () => {
  it('is on record with the call and all that was asked about it', async () => {
    const denied = '[[policy.policies]]\nid = "no"\neffect = "deny"\nallowed_tools = ["echo"]';
    const stand = await GatewayStand.start({
      proxy: ['require_session = false'],
      sections: [ALLOW_ALL, `${denied}\npriority = 10`],
    });
    try {
      const { agentId } = await stand.openSession();
      const answer = await send(stand.url, { headers: { 'x-agent-id': agentId }, body: call });

      const stream = `call/${refusalIn(answer).request_id}`;
      const [refused, ...others] = await eventsOf(stand.arbiter, { stream });
      expect(others).toEqual([]);
      expect(refused).toMatchObject({
        type: 'call.refused',
        data: {
          agentId,
          policyId: 'no',
          calls: [{ tool: 'echo', policyId: 'no' }],
          facts: { agentStatus: 'active', trustLevel: 'untrusted' },
        },
      });
    } finally {
      await stand.stop();
    }
  });
});
