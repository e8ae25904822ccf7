import { ALLOW_ALL, GovernedSession, send, toolCall } from '../support/governed-session';
import { GatewayStand } from '../support/gateway-stand';
import { refusalIn } from '../support/refusals';
import { eventually } from '../support/waiting';

const NOBODY = '00000000-0000-4000-8000-000000000000';

const RULES = `${ALLOW_ALL}

[[policy.policies]]
id = "no-deletes"
effect = "deny"
priority = 10
allowed_tools = ["delete_file"]

[[policy.policies]]
id = "deploys-need-a-human"
effect = "escalate"
priority = 10
allowed_tools = ["deploy"]

[[policy.policies]]
id = "noted"
effect = "deny"
disposition = "annotate"
priority = 20
allowed_tools = ["purge_cache"]`;

const call = toolCall();

describe('S7, the session behind a call', () => {
  let stand: GatewayStand;

  beforeAll(async () => {
    stand = await GatewayStand.start({ sections: [RULES] });
  });
  beforeEach(() => {
    stand.upstream.reset();
  });
  afterAll(() => stand.stop());

  it('lets a call pass and says what is left', async () => {
    const session = await stand.openSession({ call_budget: 10, time_limit_secs: 600 });

    const answer = await session.post(call);

    expect(answer.status).toBe(200);
    expect(answer.json).toMatchObject({ jsonrpc: '2.0', id: 1 });
    expect(answer.headers['x-arbiter-calls-remaining']).toBe('9');
    expect(Number(answer.headers['x-arbiter-seconds-remaining'])).toBeGreaterThan(590);
    expect(answer.headers).not.toHaveProperty('x-arbiter-warning');
  });

  it.each<readonly [string, (id: string) => string]>([
    ['in capitals', (id) => id.toUpperCase()],
    ['without hyphens', (id) => id.replaceAll('-', '')],
    ['in braces', (id) => `{${id}}`],
    ['as a URN', (id) => `urn:uuid:${id}`],
    ['with blanks around it', (id) => `  ${id} `],
  ])('knows a session id %s', async (_case, spelled) => {
    const session = await stand.openSession();

    const answer = await session.post(call, { 'x-arbiter-session': spelled(session.sessionId) });

    expect(answer.status).toBe(200);
  });

  it('lets the first of two agent ids count', async () => {
    const session = await stand.openSession();

    const first = await session.post(call, { 'x-agent-id': [session.agentId, NOBODY] });
    const second = await session.post(call, { 'x-agent-id': [NOBODY, session.agentId] });

    expect(first.status).toBe(200);
    expect(refusalIn(second)).toMatchObject({ status: 403, code: 'SESSION_INVALID' });
  });

  it.each([
    ['no agent id', '', 'agent-id'],
    ['an agent id beyond ASCII', 'ägent', 'agent-id'],
    ['an agent id that is no UUID', 'alice', 'uuid'],
  ])('refuses %s', async (_case, agentId, said) => {
    const session = await stand.openSession();

    const answer = await session.post(call, { 'x-agent-id': agentId });

    expect(refusalIn(answer)).toMatchObject({ status: 400, code: 'SESSION_INVALID' });
    expect(refusalIn(answer).message.toLowerCase()).toContain(said);
  });

  it('does not tell an unknown session from one that was never there', async () => {
    const session = await stand.openSession();

    const answer = await session.post(call, { 'x-arbiter-session': NOBODY });

    expect(refusalIn(answer)).toMatchObject({
      status: 403,
      code: 'SESSION_INVALID',
      message: expect.stringContaining('not found'),
    });
  });

  it('refuses the session of another agent, and charges it nothing', async () => {
    const victim = await stand.openSession();
    const thief = await stand.openSession();

    const answer = await victim.post(call, { 'x-agent-id': thief.agentId });

    expect(refusalIn(answer)).toMatchObject({
      status: 403,
      code: 'SESSION_INVALID',
      message: expect.stringContaining('does not belong'),
    });
    expect(await victim.state()).toMatchObject({ calls_made: 0 });
  });

  it('refuses a closed session, and that of a deactivated agent', async () => {
    const closed = await stand.openSession();
    await closed.close();
    const orphaned = await stand.openSession();
    await stand.arbiter.admin('DELETE', `/agents/${orphaned.agentId}`);

    const expected = {
      status: 410,
      code: 'SESSION_INVALID',
      message: expect.stringContaining('closed'),
    };
    expect(refusalIn(await closed.post(call))).toMatchObject(expected);
    expect(refusalIn(await orphaned.post(call))).toMatchObject(expected);
  });

  it('refuses a session whose time is up', async () => {
    const session = await stand.openSession({ time_limit_secs: 1 });

    const answer = await eventually('the session expires', async () => {
      const attempt = await session.post(call);
      return attempt.status === 200 ? undefined : attempt;
    });

    expect(refusalIn(answer)).toMatchObject({
      status: 408,
      code: 'SESSION_INVALID',
      message: expect.stringContaining('expired'),
    });
    expect(await session.state()).toMatchObject({ status: 'expired', seconds_remaining: 0 });
  });

  it('refuses the call after the last that the budget pays for', async () => {
    const session = await stand.openSession({ call_budget: 5 });
    const answers = [];
    for (let made = 0; made < 6; made += 1) answers.push(await session.post(call));

    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200, 429]);
    expect(refusalIn(answers[5] ?? (await session.post(call)))).toMatchObject({
      code: 'SESSION_INVALID',
      detail: expect.stringContaining('budget'),
      hint: expect.any(String),
    });
    expect(answers.map(({ headers }) => headers['x-arbiter-warning'])).toEqual([
      undefined,
      undefined,
      undefined,
      expect.stringMatching(/budget low.*1.*5.*20/),
      expect.stringMatching(/budget low.*0.*5.*0/),
      undefined,
    ]);
    expect(stand.upstream.received).toHaveLength(5);
  });

  it('refuses what is more than the rate allows', async () => {
    const session = await stand.openSession({ rate_limit_per_minute: 3 });
    const statuses = [];
    for (let made = 0; made < 3; made += 1) statuses.push((await session.post(call)).status);

    const fourth = await session.post(call);

    expect(statuses).toEqual([200, 200, 200]);
    expect(refusalIn(fourth)).toMatchObject({
      status: 429,
      code: 'SESSION_INVALID',
      detail: expect.stringContaining('rate'),
    });
    expect(await session.state()).toMatchObject({ calls_made: 3 });
  });

  it('refuses a tool outside the list of the session, and charges nothing', async () => {
    const session = await stand.openSession({ authorized_tools: ['read_file'] });

    const answer = await session.post(toolCall('write_file'));

    expect(refusalIn(answer)).toMatchObject({
      status: 403,
      code: 'SESSION_INVALID',
      detail: expect.stringContaining('write_file'),
    });
    expect((await session.post(toolCall('read_file'))).status).toBe(200);
    expect(await session.state()).toMatchObject({ calls_made: 1 });
  });

  it('charges a batch as a whole or not at all', async () => {
    const session = await stand.openSession({
      call_budget: 5,
      authorized_tools: ['read_file', 'delete_file'],
    });
    const batch = (...tools: readonly string[]) => tools.map((tool, id) => toolCall(tool, {}, id));
    const read = 'read_file';

    const forbidden = await session.post(batch(read, 'write_file', read));
    const tooMany = await session.post(batch(read, read, read, read, read, read));
    expect(refusalIn(forbidden)).toMatchObject({ status: 403, code: 'SESSION_INVALID' });
    expect(refusalIn(tooMany)).toMatchObject({ status: 429, code: 'SESSION_INVALID' });
    expect(await session.state()).toMatchObject({ calls_made: 0 });
    expect(stand.upstream.received).toHaveLength(0);

    const paid = await session.post(batch(read, read, read));
    expect(paid.json).toHaveLength(3);
    expect(paid.headers['x-arbiter-calls-remaining']).toBe('2');
    expect(stand.upstream.received).toHaveLength(1);
  });

  describe('S8, the policies', () => {
    it('names the rule that denies, and nothing else of it', async () => {
      const session = await stand.openSession();

      const answer = await session.post(toolCall('delete_file'));

      expect(refusalIn(answer)).toMatchObject({
        status: 403,
        code: 'POLICY_DENIED',
        message: expect.stringContaining('no-deletes'),
      });
      expect(answer.text).not.toMatch(/trace|specificity|allow-all/);
      expect(stand.upstream.received).toHaveLength(0);
    });

    it('keeps the charge of a call that a policy denies', async () => {
      const session = await stand.openSession();

      await session.post(toolCall('delete_file'));

      expect(await session.state()).toMatchObject({ calls_made: 1 });
    });

    it('asks for a human where a rule says so', async () => {
      const session = await stand.openSession();

      expect(refusalIn(await session.post(toolCall('deploy')))).toMatchObject({
        status: 403,
        code: 'ESCALATION_REQUIRED',
        message: expect.stringMatching(/escalat.*deploys-need-a-human/),
        hint: expect.stringContaining('human-in-the-loop'),
      });
    });

    it('forwards what a rule only wants noted', async () => {
      const session = await stand.openSession();

      expect((await session.post(toolCall('purge_cache'))).status).toBe(200);
    });

    it('lets no element of a batch hide behind the others', async () => {
      const session = await stand.openSession();

      const answer = await session.post([toolCall('read_file'), toolCall('delete_file', {}, 2)]);

      expect(refusalIn(answer)).toMatchObject({ status: 403, code: 'POLICY_DENIED' });
      expect(stand.upstream.received).toHaveLength(0);
    });
  });
});

describe('a gateway without a rule', () => {
  it('denies every call and still speaks the protocol', async () => {
    const stand = await GatewayStand.start({ sections: [] });
    try {
      const session = await stand.openSession();
      const ping = await session.post({ jsonrpc: '2.0', id: 1, method: 'ping' });
      const read = { jsonrpc: '2.0', id: 1, method: 'resources/read', params: { uri: 'a:b' } };

      expect(ping.status).toBe(200);
      for (const message of [call, read])
        expect(refusalIn(await session.post(message))).toMatchObject({
          status: 403,
          code: 'POLICY_DENIED',
          message: expect.stringContaining('deny-by-default'),
        });
      const other = await GovernedSession.openFor(stand.arbiter, session.agentId);
      const answer = await send(other.endpoint, { headers: other.bearer, body: call });
      expect(refusalIn(answer).code).toBe('POLICY_DENIED');
    } finally {
      await stand.stop();
    }
  });
});
