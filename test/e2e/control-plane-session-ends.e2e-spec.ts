import { Decisions } from '@arbiter/audit';
import { agentDecider } from '@arbiter/domain';
import { startControlPlane, type ControlPlane } from './control-plane.harness';

const NOBODY = '00000000-0000-4000-8000-000000000000';
const opaque = { error: 'internal error' };

describe('sessions in time', () => {
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
      for (let made = 0; made < 3; made += 1) await arbiter.call(id, agent_id);
      expect(await read(id)).toMatchObject({ calls_made: 3, calls_remaining: 2, warnings: [] });
      await arbiter.call(id, agent_id);
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
      await arbiter.call(id, agent_id);
      await arbiter.call(id, agent_id);
      await arbiter.call(id, NOBODY);
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
