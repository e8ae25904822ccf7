import { eventFollowing, eventsOf, type LoggedEvent } from '../support/event-log';
import { GatewayStand } from '../support/gateway-stand';
import { ALLOW_ALL, send, toolCall, type GovernedSession } from '../support/governed-session';
import { refusalIn } from '../support/refusals';
import { deferred } from '../support/waiting';

const RULES = `${ALLOW_ALL}

[[policy.policies]]
id = "no-deletes"
effect = "deny"
priority = 10
allowed_tools = ["delete_file"]`;

const call = toolCall('read_file', { path: '/reports/q3', api_key: 'sk-secret-value' });

describe('what the log knows of a request', () => {
  let stand: GatewayStand;
  let session: GovernedSession;

  beforeAll(async () => {
    stand = await GatewayStand.start({ sections: [RULES], proxy: ['blocked_paths = ["/admin"]'] });
  });
  beforeEach(async () => {
    stand.upstream.reset();
    session = await stand.openSession({ call_budget: 10 });
  });
  afterAll(() => stand.stop());

  const sessionEvents = () => eventsOf(stand.arbiter, { stream: `session/${session.sessionId}` });

  it('has the decision before the upstream has the call', async () => {
    const seen = deferred<readonly LoggedEvent[]>();
    stand.upstream.behave(async (_received, response) => {
      seen.resolve(await sessionEvents());
      response.end();
    });

    await session.post(call);

    const events = await seen.promise;
    expect(events.map(({ type }) => type)).toEqual([
      'session.opened',
      'session.tool-call-authorized',
    ]);
    expect(events[1]?.data).toMatchObject({
      sessionId: session.sessionId,
      agentId: session.agentId,
      charged: 1,
      callsMade: 1,
      callBudget: 10,
      calls: [{ method: 'tools/call', tool: 'read_file', policyId: 'allow-all', free: false }],
      facts: {
        trustLevel: 'untrusted',
        agentStatus: 'active',
        policySetDigest: expect.stringMatching(/^[0-9a-f]{64}$/),
      },
    });
  });

  it('has the outcome afterwards, and nothing else', async () => {
    await session.post(call);

    const filter = { stream: `session/${session.sessionId}`, type: 'session.call-completed' };
    const completed = await eventFollowing(stand.arbiter, filter);
    const events = await sessionEvents();

    expect(completed.data).toMatchObject({
      callId: events[1]?.data['callId'],
      outcome: 'answered',
      upstreamStatus: 200,
      requestBytes: Buffer.byteLength(JSON.stringify(call)),
      responseBytes: expect.any(Number),
      durationMs: expect.any(Number),
    });
    expect(events.map(({ version }) => version)).toEqual([1, 2, 3]);
  });

  it('has lifecycle messages as such, and free', async () => {
    await session.post({ jsonrpc: '2.0', id: 1, method: 'tools/list' });

    const [, decided] = await sessionEvents();
    expect(decided).toMatchObject({
      type: 'session.lifecycle-call-authorized',
      data: { calls: [{ method: 'tools/list', free: true }] },
    });
    expect(await session.state()).toMatchObject({ calls_made: 0 });
  });

  it('has no secrets', async () => {
    await session.post(call, { 'x-api-key': 'sk-other-secret' });
    const text = JSON.stringify(await eventsOf(stand.arbiter));

    expect(text).toContain('/reports/q3');
    expect(text).toContain('[REDACTED]');
    expect(text).not.toContain('sk-secret-value');
    expect(text).not.toContain('sk-other-secret');
    expect(text).not.toContain(session.token);
    expect(JSON.parse(stand.upstream.last.body)).toEqual(call);
  });

  it('has every element of a batch in one decision', async () => {
    await session.post([toolCall('a', { n: 1 }), toolCall('b', { n: 2 }, 2)]);

    const [, decided] = await sessionEvents();
    expect(decided?.data).toMatchObject({
      charged: 2,
      callsMade: 2,
      calls: [
        { tool: 'a', arguments: { n: 1 } },
        { tool: 'b', arguments: { n: 2 } },
      ],
    });
  });

  it.each([
    ['by a policy', () => toolCall('delete_file'), 'policy.denied', 1],
    [
      'by the budget',
      () => Array.from({ length: 11 }, (_, id) => toolCall('a', {}, id)),
      'session.budget-exhausted',
      0,
    ],
  ])('names a refusal %s as the answer does', async (_case, message, code, charged) => {
    const refusal = refusalIn(await session.post(message()));

    const [, refused] = await sessionEvents();
    expect(refused).toMatchObject({
      type: 'session.call-refused',
      correlation: refusal.request_id,
      data: { callId: refusal.request_id, code, charged, callsMade: charged },
    });
    expect(refused?.data['reason']).toEqual(expect.any(String));
  });

  it.each<readonly [string, () => ReturnType<typeof send>, object]>([
    [
      'without a session',
      () => send(stand.url, { body: call }),
      { status: 403, code: 'SESSION_REQUIRED', sessionHeader: null },
    ],
    [
      'of a method',
      () => send(`${stand.url}/mcp?a=1`, { method: 'DELETE' }),
      { status: 405, code: 'MIDDLEWARE_REJECTED', httpMethod: 'DELETE', path: '/mcp' },
    ],
    [
      'of a body that is not MCP',
      () => send(stand.url, { body: 'hello' }),
      { status: 403, code: 'NON_MCP_REJECTED' },
    ],
    [
      'of a session id that is none',
      () => send(stand.url, { body: call, headers: { 'x-arbiter-session': 'nonsense' } }),
      { status: 400, code: 'SESSION_INVALID', sessionHeader: 'nonsense' },
    ],
  ])('has a refusal %s under the id of the answer', async (_case, request, facts) => {
    const { request_id: id } = refusalIn(await request());

    const events = await eventsOf(stand.arbiter, { stream: `call/${id}` });
    expect(events).toEqual([
      expect.objectContaining({ type: 'call.refused', data: expect.objectContaining(facts) }),
    ]);
  });

  it('has a refusal that is plain text, too', async () => {
    const before = await eventsOf(stand.arbiter, { type: 'call.refused' });

    expect((await send(`${stand.url}/admin`, { body: call })).status).toBe(403);

    const after = await eventsOf(stand.arbiter, { type: 'call.refused' });
    expect(after).toHaveLength(before.length + 1);
    expect(after.at(-1)?.data).toMatchObject({ path: '/admin', status: 403 });
  });

  it('says that a call may have been carried out when the upstream hung up on it', async () => {
    stand.upstream.behave((_received, response) => response.socket?.destroy());

    const { request_id: id } = refusalIn(await session.post(call));

    const filter = { stream: `session/${session.sessionId}`, type: 'session.call-completed' };
    const completed = await eventFollowing(stand.arbiter, filter);
    expect(completed.data).toMatchObject({ callId: id, outcome: 'aborted-by-upstream' });
  });
});
