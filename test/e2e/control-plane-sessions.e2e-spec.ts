import { Decisions } from '@arbiter/audit';
import {
  agentDecider,
  sessionDecider,
  storeUnavailable,
  type AgentId,
  type CallId,
  type Instant,
  type SessionId,
} from '@arbiter/domain';
import { START, startControlPlane, type ControlPlane } from './control-plane.harness';

const NOBODY = '00000000-0000-4000-8000-000000000000';
const opaque = { error: 'internal error' };

describe('sessions', () => {
  let arbiter: ControlPlane;
  let agent_id: string;

  beforeEach(async () => {
    arbiter = await startControlPlane({
      toml: [
        '[admin]',
        'rate_limit_requests = 1000000',
        '[sessions]',
        'max_concurrent_sessions_per_agent = 3',
        'default_call_budget = 50',
        'default_time_limit_secs = 200',
        'rate_limit_window_secs = 30',
      ].join('\n'),
    });
    agent_id = await arbiter.registerAgent();
  });
  afterEach(() => arbiter.stop());

  const open = (more: object = {}) =>
    arbiter
      .admin()
      .post('/sessions')
      .send({ agent_id, declared_intent: 'read the report', ...more });
  const read = async (id: string) =>
    (await arbiter.admin().get(`/sessions/${id}`).expect(200)).body as Record<string, unknown>;
  const close = (id: string) => arbiter.admin().post(`/sessions/${id}/close`);

  /** What the gateway does with a call; the data plane is not part of these tests. */
  const call = (sessionId: string, agentId = agent_id) =>
    arbiter.app.get(Decisions).run(
      sessionDecider,
      `session/${sessionId}`,
      {
        type: 'AuthorizeCalls',
        sessionId: sessionId as SessionId,
        callId: '00000000-0000-7000-8000-000000000001' as CallId,
        agentId: agentId as AgentId,
        calls: [
          {
            method: 'tools/call',
            tool: 'read_file',
            uri: null,
            arguments: null,
            argumentsDigest: null,
            free: false,
            policyId: null,
          },
        ],
        facts: {
          trustLevel: 'untrusted',
          agentStatus: 'active',
          principal: '',
          policySetDigest: null,
        },
        refusal: null,
        at: '2026-01-01T10:00:01.000Z' as Instant,
      },
      { actor: { kind: 'agent', id: agentId }, correlation: 'test' },
    );

  describe('open', () => {
    it('with the defaults of the configuration', async () => {
      const { body } = await open().expect(201);
      const { session_id } = body as { session_id: string };
      expect(body).toEqual({
        session_id: expect.any(String),
        declared_intent: 'read the report',
        authorized_tools: [],
        authorized_credentials: [],
        call_budget: 50,
        time_limit_secs: 200,
      });
      expect(await read(session_id)).toEqual({
        session_id,
        agent_id,
        declared_intent: 'read the report',
        authorized_tools: [],
        authorized_credentials: [],
        status: 'active',
        calls_made: 0,
        call_budget: 50,
        calls_remaining: 50,
        rate_limit_per_minute: null,
        data_sensitivity_ceiling: 'internal',
        created_at: START,
        expires_at: '2026-01-01T10:03:20.000Z',
        seconds_remaining: 200,
        warnings: [],
      });
      const opened = (await arbiter.log()).find(({ link }) => link.type === 'session.opened');
      expect(opened?.event?.data).toMatchObject({ rateWindowSecs: 30, delegationChain: [] });
    });

    it('on the terms that are asked for', async () => {
      const { body } = await open({
        agent_id: `{${agent_id.toUpperCase()}}`,
        delegation_chain_snapshot: ['anything'],
        authorized_tools: ['read_file'],
        authorized_credentials: ['github'],
        time_limit_secs: 86_400,
        call_budget: 1_000_000,
        rate_limit_per_minute: 0,
        rate_limit_window_secs: 3600,
        data_sensitivity_ceiling: 'restricted',
        data_sensitivity: 'ignored',
      }).expect(201);
      expect(await read((body as { session_id: string }).session_id)).toMatchObject({
        agent_id,
        authorized_tools: ['read_file'],
        authorized_credentials: ['github'],
        call_budget: 1_000_000,
        rate_limit_per_minute: 0,
        data_sensitivity_ceiling: 'restricted',
        seconds_remaining: 86_400,
      });
    });

    it('and null stands for the default where the spec lets it', () =>
      open({
        authorized_credentials: null,
        rate_limit_per_minute: null,
        rate_limit_window_secs: null,
      }).expect(201));

    it.each([
      ['agent_id', null],
      ['agent_id', 'nonsense'],
      ['declared_intent', null],
      ['declared_intent', '\udc00'],
      ['delegation_chain_snapshot', null],
      ['authorized_tools', null],
      ['authorized_tools', [['a']]],
      ['authorized_credentials', 'all'],
      ['time_limit_secs', null],
      ['time_limit_secs', '60'],
      ['time_limit_secs', 1.5],
      ['time_limit_secs', 2 ** 53],
      ['time_limit_secs', -(2 ** 53)],
      ['call_budget', null],
      ['call_budget', -1],
      ['call_budget', 1e300],
      ['rate_limit_per_minute', -1],
      ['rate_limit_window_secs', -1],
      ['data_sensitivity_ceiling', null],
      ['data_sensitivity_ceiling', 'secret'],
    ])('but not with a %s of %p (422)', async (name, value) => {
      const { body } = await open({ [name]: value }).expect(422);
      expect(body).toEqual({ error: expect.stringContaining(name) });
    });

    it.each([
      ['time_limit_secs', 0, 'positive'],
      ['time_limit_secs', -1, 'positive'],
      ['time_limit_secs', 86_401, '86400'],
      ['call_budget', 0, 'positive'],
      ['call_budget', 1_000_001, '1000000'],
      ['declared_intent', ' \n ', 'empty'],
      ['declared_intent', 'ä'.repeat(257), '512'],
      ['rate_limit_window_secs', 0, 'positive'],
      ['rate_limit_window_secs', 9, 'at least 10'],
      ['rate_limit_window_secs', 3601, '3600'],
    ])('but not with a %s of %p (400)', async (name, value, text) => {
      const { body } = await open({ [name]: value }).expect(400);
      expect(body).toEqual({ error: expect.stringContaining(text) });
    });

    it('the agent is judged first, then its cap, then the terms', async () => {
      const nonsense = { time_limit_secs: 0, call_budget: 0, declared_intent: '' };
      await open({ ...nonsense, agent_id: NOBODY }).expect(404, { error: 'agent not found' });
      const gone = await arbiter.registerAgent();
      await arbiter.admin().delete(`/agents/${gone}`).expect(200);
      await open({ ...nonsense, agent_id: gone }).expect(400, {
        error: 'agent has been deactivated',
      });
      await open(nonsense).expect(400, { error: 'time_limit_secs must be positive' });
      for (let held = 0; held < 3; held += 1) await open().expect(201);
      const { body } = await open(nonsense).expect(429);
      expect(body).toEqual({ error: expect.stringContaining('too many concurrent sessions') });
    });

    it('not for an agent that has expired', async () => {
      const expired = await arbiter.registerAgent({ expires_at: '2025-01-01T00:00:00Z' });
      await open({ agent_id: expired }).expect(404, { error: 'agent not found' });
    });

    it('never more at once than the cap, however many race for it', async () => {
      const statuses = await Promise.all(
        Array.from({ length: 10 }, () => open().then(({ status }) => status)),
      );
      expect(statuses.filter((status) => status === 201)).toHaveLength(3);
      expect(statuses.filter((status) => status === 429)).toHaveLength(7);
    });

    it('and a refusal costs no slot', async () => {
      for (let attempt = 0; attempt < 5; attempt += 1) await open({ call_budget: 0 }).expect(400);
      for (let held = 0; held < 3; held += 1) await open().expect(201);
    });

    it('and leave a line in the log, before anything is decided', async () => {
      await open({ declared_intent: 'one\ntwo', call_budget: 0 }).expect(400);
      expect(arbiter.lines).toContainEqual(
        expect.objectContaining({
          event: 'ADMIN_AUDIT',
          operation: 'create_session',
          agent_id,
          detail: 'intent=one\\ntwo',
        }),
      );
    });
  });

  describe('are refused without a trace when the store cannot write', () => {
    afterEach(() => {
      jest.restoreAllMocks();
    });

    it('at all', async () => {
      jest.spyOn(arbiter.store, 'append').mockRejectedValue(storeUnavailable());
      const { body } = await open().expect(503);
      expect(body).toEqual({ error: expect.stringContaining('nothing was recorded') });
      await arbiter.admin().post('/agents').send({ owner: 'bob', model: 'm' }).expect(503);
      await arbiter.admin().delete(`/agents/${agent_id}`).expect(503);
      jest.restoreAllMocks();
      await open().expect(201);
    });

    it('when it fails between the slot and the session', async () => {
      const append = arbiter.store.append.bind(arbiter.store);
      jest
        .spyOn(arbiter.store, 'append')
        .mockImplementation((stream, ...rest) =>
          stream.startsWith('session/')
            ? Promise.reject(storeUnavailable())
            : append(stream, ...rest),
        );
      for (let attempt = 0; attempt < 4; attempt += 1) await open().expect(503);
      jest.restoreAllMocks();
      for (let held = 0; held < 3; held += 1) await open().expect(201);
    });
  });

  describe('are read', () => {
    it('as expired from the moment on that their time is up', async () => {
      const id = await arbiter.openSession(agent_id, { time_limit_secs: 100 });
      arbiter.advance(80.5);
      expect(await read(id)).toMatchObject({
        status: 'active',
        seconds_remaining: 19,
        warnings: ['time low: 19 s left (19%)'],
      });
      arbiter.advance(19.5);
      expect(await read(id)).toMatchObject({
        status: 'active',
        seconds_remaining: 0,
        warnings: [],
      });
      arbiter.advance(0.001);
      expect(await read(id)).toMatchObject({ status: 'expired', seconds_remaining: 0 });
    });

    it('with what is left of the budget', async () => {
      const id = await arbiter.openSession(agent_id, { call_budget: 5 });
      for (let made = 0; made < 3; made += 1) await call(id);
      expect(await read(id)).toMatchObject({ calls_made: 3, calls_remaining: 2, warnings: [] });
      await call(id);
      expect(await read(id)).toMatchObject({ warnings: ['budget low: 1 of 5 calls left (20%)'] });
    });

    it('unless there is none', async () => {
      await arbiter.admin().get(`/sessions/${NOBODY}`).expect(404, opaque);
      await arbiter.admin().get('/sessions/nonsense').expect(400);
    });
  });

  describe('are closed', () => {
    it('once, with a summary', async () => {
      const id = await arbiter.openSession(agent_id, { call_budget: 8 });
      await call(id);
      await call(id);
      await call(id, NOBODY);
      arbiter.advance(7.9);
      await close(id).expect(200, {
        session_id: id,
        status: 'closed',
        declared_intent: 'read the report',
        total_calls: 2,
        call_budget: 8,
        budget_utilization_pct: 25,
        time_used_secs: 7,
        time_limit_secs: 200,
        denied_attempts: 1,
        anomalies_detected: 0,
      });
      await close(id).expect(409, opaque);
      expect(await read(id)).toMatchObject({ status: 'closed' });
      await close(NOBODY).expect(404, { error: 'session not found' });
    });

    it('which makes room for another at once', async () => {
      const ids = [];
      for (let held = 0; held < 3; held += 1) ids.push(await arbiter.openSession(agent_id));
      await open().expect(429);
      await close(ids[1] ?? '').expect(200);
      await open().expect(201);
    });

    it('even after they have expired', async () => {
      const id = await arbiter.openSession(agent_id, { time_limit_secs: 10 });
      arbiter.advance(60);
      await arbiter.sweep();
      const { body } = await close(id).expect(200);
      expect(body).toMatchObject({ status: 'closed', time_used_secs: 10 });
    });
  });

  describe('are swept', () => {
    it('when they are overdue, which frees their slots, and once', async () => {
      for (let held = 0; held < 3; held += 1) await open({ time_limit_secs: 60 }).expect(201);
      arbiter.advance(60);
      await arbiter.sweep();
      await open().expect(429); // usable at its deadline, and held until it is swept
      arbiter.advance(1);
      await open().expect(429);
      await arbiter.sweep();
      await arbiter.sweep();
      const ended = (await arbiter.log()).filter(({ link }) => link.type === 'session.ended');
      expect(ended.map(({ event }) => event?.data)).toEqual(
        Array(3).fill(expect.objectContaining({ reason: 'expired' })),
      );
      await open().expect(201);
      const agent = await arbiter.app.get(Decisions).stateOf(agentDecider, `agent/${agent_id}`);
      expect(agent).toMatchObject({ sessionIds: [expect.any(String)] });
    });
  });
});
