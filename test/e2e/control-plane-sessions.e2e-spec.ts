import { storeUnavailable } from '@arbiter/domain';
import { START, startControlPlane, type ControlPlane } from './control-plane.harness';

const NOBODY = '00000000-0000-4000-8000-000000000000';

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
});
