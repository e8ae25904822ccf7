import { decodeJwt } from 'jose';
import { START, startControlPlane, type ControlPlane } from './control-plane.harness';

const NOBODY = '00000000-0000-4000-8000-000000000000';
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const opaque = { error: 'internal error' };

describe('agents', () => {
  let arbiter: ControlPlane;

  beforeEach(async () => {
    arbiter = await startControlPlane();
  });
  afterEach(() => arbiter.stop());

  const register = (body: object) => arbiter.admin().post('/agents').send(body);
  const agent = { owner: 'alice', model: 'm' };

  describe('are registered', () => {
    it('with a token, which is on record before it is out', async () => {
      const { body } = await register(agent).expect(201);
      expect(body).toEqual({ agent_id: expect.stringMatching(UUID), token: expect.any(String) });
      const { agent_id: id, token } = body as { agent_id: string; token: string };
      const claims = decodeJwt(token);
      expect(claims).toMatchObject({ sub: 'alice', agent_id: id, iss: 'arbiter' });
      expect((claims.exp ?? 0) - (claims.iat ?? 0)).toBe(3600);
      const issued = (await arbiter.log()).find(({ link }) => link.type === 'agent.token-issued');
      expect(issued?.event?.data).toEqual({
        agentId: id,
        tokenId: claims.jti,
        sessionId: null,
        expiresAt: '2026-01-01T11:00:00.000Z',
      });
      expect(issued?.payload?.data).not.toContain(token);
    });

    it('and read as they were written, in one form', async () => {
      const id = await arbiter.registerAgent({
        capabilities: ['read'],
        trust_level: 'verified',
        expires_at: '2026-02-28t13:00:00.5+02:00',
      });
      const expected = {
        id,
        owner: 'alice',
        model: 'm',
        capabilities: ['read'],
        trust_level: 'verified',
        created_at: START,
        expires_at: '2026-02-28T11:00:00.500Z',
        active: true,
      };
      const spellings = [id, id.toUpperCase(), `{${id}}`, `urn:uuid:${id}`, id.replaceAll('-', '')];
      for (const spelling of spellings)
        await arbiter
          .admin()
          .get(`/agents/${encodeURIComponent(spelling)}`)
          .expect(200, expected);
      await arbiter.admin().get('/agents').expect(200, [expected]);
    });

    it('with defaults', async () => {
      const id = await arbiter.registerAgent({ expires_at: null });
      const { body } = await arbiter.admin().get(`/agents/${id}`);
      expect(body).toMatchObject({ capabilities: [], trust_level: 'untrusted', expires_at: null });
    });

    it.each([
      ['no owner', { owner: undefined }],
      ['an owner that is null', { owner: null }],
      ['an owner that is a number', { owner: 1 }],
      ['half a character', { owner: '\ud800' }],
      ['half a character among the capabilities', { capabilities: ['\udfff'] }],
      ['one capability', { capabilities: 'read' }],
      ['capabilities by name', { capabilities: { 0: 'read' } }],
      ['no capabilities', { capabilities: null }],
      ['a capability that is no text', { capabilities: [1] }],
      ['unheard-of trust', { trust_level: 'Trusted' }],
      ['no trust', { trust_level: null }],
      ['an odd time', { expires_at: 'tomorrow' }],
      ['a time without a zone', { expires_at: '2026-02-01T10:00:00' }],
      ['a day that is not in the calendar', { expires_at: '2026-02-30T10:00:00Z' }],
      ['a time beyond all years', { expires_at: '9999-12-31T23:59:59-23:59' }],
      ['a number for a time', { expires_at: 1_800_000_000 }],
    ])('but not with %s (422)', async (_, wrong) => {
      const { body } = await register({ ...agent, ...wrong }).expect(422);
      expect(body).toEqual({ error: expect.any(String) });
    });

    it.each([
      ['a long owner', { owner: 'x'.repeat(257) }],
      ['many capabilities', { capabilities: Array<string>(65).fill('x') }],
      ['a long capability', { capabilities: ['x'.repeat(129)] }],
    ])('but not with %s (400)', (_, wrong) => register({ ...agent, ...wrong }).expect(400));

    it('and leave one line in the log, whatever they are called', async () => {
      const id = await arbiter.registerAgent({ owner: 'a\nb\rc\td' });
      expect(arbiter.lines.filter(({ event }) => event === 'ADMIN_AUDIT')).toEqual([
        expect.objectContaining({
          operation: 'register_agent',
          agent_id: id,
          detail: 'owner=a\\nb\\rc\\td',
        }),
      ]);
    });

    it('though they are of no use when they expired before', async () => {
      const id = await arbiter.registerAgent({ expires_at: '2025-01-01T00:00:00Z' });
      expect(id).toMatch(UUID);
      await arbiter.admin().get(`/agents/${id}`).expect(404, { error: 'agent not found' });
      await arbiter.admin().get('/agents').expect(200, []);
      await arbiter.admin().post(`/agents/${id}/token`).expect(404, opaque);
    });
  });

  it('expire without anybody doing anything', async () => {
    const id = await arbiter.registerAgent({ expires_at: '2026-01-01T10:01:00Z' });
    arbiter.advance(60);
    await arbiter.admin().get(`/agents/${id}`).expect(200);
    arbiter.advance(1);
    await arbiter.admin().get(`/agents/${id}`).expect(404);
    await arbiter.admin().get('/agents').expect(200, []);
  });

  describe('are deactivated', () => {
    it('once, with their active sessions', async () => {
      const id = await arbiter.registerAgent();
      const closed = await arbiter.openSession(id);
      await arbiter.admin().post(`/sessions/${closed}/close`).expect(200);
      const open = [await arbiter.openSession(id), await arbiter.openSession(id)];
      await arbiter
        .admin()
        .delete(`/agents/${id}`)
        .expect(200, { deactivated: [id], count: 1, sessions_closed: 2 });
      for (const session of open) {
        const { body } = await arbiter.admin().get(`/sessions/${session}`).expect(200);
        expect(body).toMatchObject({ status: 'closed' });
      }
      await arbiter.admin().delete(`/agents/${id}`).expect(409, opaque);
      const { body } = await arbiter.admin().get(`/agents/${id}`).expect(200);
      expect(body).toMatchObject({ active: false });
      await arbiter.admin().get('/agents').expect(200, []);
    });

    it('and unknown ones are not', () =>
      arbiter.admin().delete(`/agents/${NOBODY}`).expect(404, opaque));

    it('without leaving a session that opens at the same moment', async () => {
      const id = await arbiter.registerAgent();
      const terms = { agent_id: id, declared_intent: 'x' };
      const opening = Array.from({ length: 8 }, () =>
        arbiter.admin().post('/sessions').send(terms),
      );
      const [, ...opened] = await Promise.all([
        arbiter.admin().delete(`/agents/${id}`),
        ...opening,
      ]);
      for (const { status, body } of opened) {
        if (status !== 201) continue;
        const { session_id } = body as { session_id: string };
        const read = await arbiter.admin().get(`/sessions/${session_id}`).expect(200);
        expect(read.body).toMatchObject({ status: 'closed' });
      }
      const types = (await arbiter.log()).map(({ link }) => link.type);
      const count = (type: string) => types.filter((each) => each === type).length;
      expect(count('session.ended')).toBe(count('session.opened'));
    });
  });
});
