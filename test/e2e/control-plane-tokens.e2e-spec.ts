import { decodeJwt } from 'jose';
import { ADMIN_KEY, startControlPlane, type ControlPlane } from './control-plane.harness';

const NOBODY = '00000000-0000-4000-8000-000000000000';
const opaque = { error: 'internal error' };

describe('agent tokens', () => {
  let arbiter: ControlPlane;

  beforeEach(async () => {
    arbiter = await startControlPlane();
  });
  afterEach(() => arbiter.stop());

  const issue = (id: string, body: object) =>
    arbiter.admin().post(`/agents/${id}/token`).send(body);

  it('for as long as they ask, up to a day', async () => {
    const id = await arbiter.registerAgent();
    for (const [asked, effective] of [
      [60, 60],
      [90_000, 86_400],
    ]) {
      const { body } = await issue(id, { expiry_seconds: asked }).expect(200);
      const { token, expires_in } = body as { token: string; expires_in: number };
      expect(expires_in).toBe(effective);
      expect(decodeJwt(token)).toMatchObject({ exp: (decodeJwt(token).iat ?? 0) + expires_in });
    }
  });

  it.each([0, -1])('but not for %i seconds', async (expiry_seconds) => {
    const id = await arbiter.registerAgent();
    await issue(id, { expiry_seconds }).expect(400, {
      error: 'expiry_seconds must be positive',
    });
  });

  it.each(['60', 1.5, null, 2 ** 53, true])('but not for %p', async (expiry_seconds) => {
    await issue(await arbiter.registerAgent(), { expiry_seconds }).expect(422);
  });

  it('for the time of the configuration when there is no body, or none that says what it is', async () => {
    const path = `/agents/${await arbiter.registerAgent()}/token`;
    const expected = { token: expect.any(String), expires_in: 3600 };
    const { body: nothing } = await arbiter.admin().post(path).expect(200);
    expect(nothing).toEqual(expected);
    const { body: empty } = await arbiter.admin().post(path).type('json').send('').expect(200);
    expect(empty).toEqual(expected);
    const ignored = await fetch(`http://127.0.0.1:${arbiter.port}${path}`, {
      method: 'POST',
      headers: { 'x-api-key': ADMIN_KEY },
      body: Buffer.from('{"expiry_seconds":'),
    });
    expect(await ignored.json()).toEqual(expected);
  });

  it('unless they are unknown, or deactivated', async () => {
    await issue(NOBODY, {}).expect(404, opaque);
    const id = await arbiter.registerAgent();
    await arbiter.admin().delete(`/agents/${id}`).expect(200);
    await issue(id, {}).expect(400, { error: 'agent has been deactivated' });
  });

  it('that stand for a session, and end with it', async () => {
    const id = await arbiter.registerAgent();
    const session_id = await arbiter.openSession(id, { time_limit_secs: 100 });
    arbiter.advance(10.5);
    const { body } = await issue(id, { session_id: session_id.toUpperCase() }).expect(200);
    const { token, expires_in } = body as { token: string; expires_in: number };
    expect(expires_in).toBe(89);
    expect(decodeJwt(token)).toMatchObject({ sid: session_id, agent_id: id });
    arbiter.advance(89.4);
    expect((await issue(id, { session_id }).expect(200)).body).toMatchObject({ expires_in: 1 });
    arbiter.advance(1);
    await issue(id, { session_id }).expect(409, { error: 'session is not active' });
  });

  it('but not for a session that is unknown, closed or of another', async () => {
    const id = await arbiter.registerAgent();
    const session_id = await arbiter.openSession(id);
    const other = await arbiter.registerAgent();
    await issue(other, { session_id }).expect(400, {
      error: 'session does not belong to this agent',
    });
    await issue(id, { session_id: NOBODY }).expect(404, { error: 'session not found' });
    await issue(NOBODY, { session_id }).expect(404, opaque);
    await issue(id, { session_id: 'nonsense' }).expect(422);
    await arbiter.admin().post(`/sessions/${session_id}/close`).expect(200);
    await issue(id, { session_id }).expect(409, { error: 'session is not active' });
  });
});

describe('without a secret that is long enough', () => {
  it('no agent is registered, and no token issued', async () => {
    const arbiter = await startControlPlane({ signingSecret: 'too short' });
    const before = arbiter.store.position;
    await arbiter
      .admin()
      .post('/agents')
      .send({ owner: 'alice', model: 'm' })
      .expect(500)
      .expect(({ body }) => {
        expect(body).toEqual({ error: expect.stringContaining('token') });
      });
    expect(arbiter.store.position).toBe(before);
    expect(arbiter.lines.filter(({ event }) => event === 'ADMIN_AUDIT')).toEqual([]);
    await arbiter.stop();
  });
});
