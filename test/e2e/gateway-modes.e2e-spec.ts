import { eventFollowing, eventsOf } from '../support/event-log';
import { GatewayStand } from '../support/gateway-stand';
import { ALLOW_ALL, send, toolCall } from '../support/governed-session';
import { refusalIn } from '../support/refusals';
import { eventually } from '../support/waiting';

const NOBODY = '00000000-0000-4000-8000-000000000000';
const call = toolCall();

const RULES = `${ALLOW_ALL}

[[policy.policies]]
id = "writing-needs-trust"
effect = "deny"
priority = 10
allowed_tools = ["write_file"]

[[policy.policies]]
id = "trusted-writers"
effect = "allow"
priority = 20
allowed_tools = ["write_file"]
agent_match = { trust_level = "trusted" }`;

/** Starts a gateway for the tests of one suite. */
const standing = (options: Parameters<typeof GatewayStand.start>[0]) => {
  const held: { stand?: GatewayStand } = {};
  beforeAll(async () => {
    held.stand = await GatewayStand.start(options);
  });
  beforeEach(() => held.stand?.upstream.reset());
  afterAll(() => held.stand?.stop());
  return (): GatewayStand => {
    if (held.stand === undefined) throw new Error('The gateway has not been started.');
    return held.stand;
  };
};

describe('require_session = false', () => {
  const stand = standing({ proxy: ['require_session = false'], sections: [RULES] });

  const post = (message: object, agentId?: string) =>
    send(stand().url, {
      body: message,
      headers: { ...(agentId !== undefined && { 'x-agent-id': agentId }) },
    });

  const register = async (terms: object = {}): Promise<string> => {
    const agent = { owner: 'user:alice', model: 'm', ...terms };
    return String((await stand().arbiter.admin('POST', '/agents', agent)).body['agent_id']);
  };

  it('lets the policies alone decide', async () => {
    const basic = await register();
    const trusted = await register({ trust_level: 'trusted' });

    expect((await post(call, basic)).status).toBe(200);
    expect((await post(toolCall('write_file'), trusted)).status).toBe(200);
    expect(refusalIn(await post(toolCall('write_file'), basic))).toMatchObject({
      status: 403,
      code: 'POLICY_DENIED',
      message: expect.stringContaining('writing-needs-trust'),
    });
  });

  it('has no usage to report, and records the call on its own stream', async () => {
    const agentId = await register();

    const answer = await post(call, agentId);
    const recorded = await eventFollowing(
      stand().arbiter,
      { type: 'call.completed' },
      ({ data }) => data['outcome'] === 'answered',
    );

    expect(Object.keys(answer.headers).filter((name) => name.startsWith('x-arbiter'))).toEqual([]);
    const [authorized] = await eventsOf(stand().arbiter, { stream: recorded.stream });
    expect(authorized).toMatchObject({ type: 'call.authorized', data: { basis: 'policy' } });
  });

  it.each([undefined, 'alice'])('wants an identity, and %s is none', async (agentId) => {
    expect(refusalIn(await post(call, agentId))).toMatchObject({
      status: 403,
      code: 'POLICY_DENIED',
      message: expect.stringContaining('identity'),
    });
  });

  it('takes an unknown agent for untrusted, and refuses a deactivated one', async () => {
    const gone = await register();
    await stand().arbiter.admin('DELETE', `/agents/${gone}`);

    expect((await post(call, NOBODY)).status).toBe(200);
    expect(refusalIn(await post(toolCall('write_file'), NOBODY)).code).toBe('POLICY_DENIED');
    expect(refusalIn(await post(call, gone))).toMatchObject({
      status: 403,
      code: 'POLICY_DENIED',
      message: expect.stringContaining('deactivated'),
    });
  });

  it('still holds a session that is sent to its limits', async () => {
    const session = await stand().openSession({ call_budget: 1 });

    expect((await session.post(call)).status).toBe(200);
    expect((await session.post(call)).status).toBe(429);
  });
});

describe('deny_non_post_methods = false', () => {
  const stand = standing({ proxy: ['deny_non_post_methods = false'] });

  const get = (headers: Readonly<Record<string, string>> = {}, method = 'GET') =>
    send(`${stand().url}/mcp?cursor=1`, { method, headers });

  it('wants an agent id, whatever it looks like', async () => {
    expect(refusalIn(await get())).toMatchObject({ status: 400, code: 'MIDDLEWARE_REJECTED' });
    expect((await get({ 'x-agent-id': 'alice' })).status).toBe(202);
    expect(stand().upstream.last).toMatchObject({ method: 'GET', url: '/mcp?cursor=1', body: '' });
  });

  it.each(['GET', 'HEAD', 'DELETE', 'OPTIONS'])(
    'forwards %s, and charges nothing',
    async (method) => {
      const session = await stand().openSession();

      expect((await get(session.ids, method)).status).toBe(202);
      expect(stand().upstream.last.method).toBe(method);
      expect(await session.state()).toMatchObject({ calls_made: 0 });
    },
  );

  it('takes a token as well', async () => {
    const session = await stand().openSession();

    expect((await get(session.bearer, 'DELETE')).status).toBe(202);
    expect(stand().upstream.last.headers).not.toHaveProperty('authorization');
  });

  it('refuses a session that cannot be used', async () => {
    const session = await stand().openSession();
    const closed = await stand().openSession();
    await closed.close();
    const brief = await stand().openSession({ time_limit_secs: 1 });
    const expired = await eventually('the session expires', async () => {
      const attempt = await get(brief.ids);
      return attempt.status === 202 ? undefined : attempt;
    });

    expect(refusalIn(await get({ ...session.ids, 'x-arbiter-session': NOBODY }))).toMatchObject({
      status: 404,
      code: 'SESSION_INVALID',
    });
    expect(refusalIn(await get({ ...session.ids, 'x-agent-id': NOBODY })).status).toBe(403);
    expect(refusalIn(await get(closed.ids)).status).toBe(410);
    expect(refusalIn(expired).status).toBe(408);
    expect(refusalIn(await get({ ...session.ids, 'x-arbiter-session': 'x' })).status).toBe(400);
  });

  it('governs an MCP call whatever method carries it', async () => {
    const session = await stand().openSession({ call_budget: 1 });
    const put = () => send(session.endpoint, { method: 'PUT', headers: session.ids, body: call });

    expect((await put()).status).toBe(200);
    expect(refusalIn(await put()).status).toBe(429);
    expect(stand().upstream.received).toHaveLength(1);
  });
});

describe('strict_mcp = false', () => {
  const lenient = standing({ proxy: ['strict_mcp = false'], sections: [] });
  const governed = standing({ proxy: ['strict_mcp = false'] });

  it('forwards what is not MCP byte for byte where there are no policies', async () => {
    const body = '{"a" : 1e400, "a":\t2}';

    expect((await send(`${lenient().url}/hook`, { body })).status).toBe(202);
    expect(lenient().upstream.last).toMatchObject({ url: '/hook', body });
  });

  it('refuses it where there are', async () => {
    expect(refusalIn(await send(governed().url, { body: 'hello' }))).toMatchObject({
      status: 403,
      code: 'NON_MCP_REJECTED',
    });
    expect(governed().upstream.received).toHaveLength(0);
  });
});

describe('lifecycle = "strict" and extra_mcp_methods', () => {
  const stand = standing({
    proxy: ['lifecycle = "strict"', 'extra_mcp_methods = ["acme/search"]'],
  });

  it('charges a handshake, and wants it in the list of the session', async () => {
    const ping = { jsonrpc: '2.0', id: 1, method: 'ping' };
    const session = await stand().openSession({ authorized_tools: ['ping'] });

    expect((await session.post(ping)).status).toBe(200);
    const refused = refusalIn(await session.post({ ...ping, method: 'tools/list' }));
    expect(refused).toMatchObject({ status: 403, detail: expect.stringContaining('tools/list') });
    expect(await session.state()).toMatchObject({ calls_made: 1 });
  });

  it('governs the methods of the operator', async () => {
    const session = await stand().openSession();
    const search = { jsonrpc: '2.0', id: 1, method: 'acme/search', params: { q: 'owl' } };

    expect((await session.post(search)).status).toBe(200);
    expect(refusalIn(await session.post({ ...search, method: 'acme/other' })).code).toBe(
      'NON_MCP_REJECTED',
    );
  });
});
