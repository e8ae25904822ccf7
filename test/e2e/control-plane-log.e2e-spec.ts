import { startControlPlane, type ControlPlane } from './control-plane.harness';

interface Page {
  readonly events: readonly {
    readonly position: number;
    readonly type: string;
    readonly data: unknown;
  }[];
  readonly next: number;
  readonly head: number;
}

describe('the log', () => {
  let arbiter: ControlPlane;
  let agent_id: string;

  beforeEach(async () => {
    arbiter = await startControlPlane();
    agent_id = await arbiter.registerAgent();
  });
  afterEach(() => arbiter.stop());

  const page = async (query = '') =>
    (await arbiter.admin().get(`/events${query}`).expect(200)).body as Page;

  it('is read as it is stored', async () => {
    const { events, next, head } = await page();
    expect({ next, head }).toEqual({ next: 3, head: 3 });
    expect(events.map(({ type }) => type)).toEqual([
      'policy-set.activated',
      'agent.registered',
      'agent.token-issued',
    ]);
    const [, stored] = await arbiter.log();
    expect(events[1]).toEqual({
      position: 2,
      stream: `agent/${agent_id}`,
      version: 1,
      id: stored?.link.id,
      type: 'agent.registered',
      schema: 1,
      at: '2026-01-01T10:00:00.000Z',
      actor: { kind: 'admin', id: 'default' },
      correlation: stored?.link.correlation,
      data: {
        agentId: agent_id,
        owner: 'alice',
        model: 'm',
        capabilities: [],
        trustLevel: 'untrusted',
        expiresAt: null,
      },
      data_digest: stored?.link.dataDigest,
      prev: stored?.link.prev,
      hash: stored?.link.hash,
    });
  });

  it('in pages', async () => {
    const first = await page('?limit=2');
    expect(first).toMatchObject({ next: 2, head: 3, events: [{ position: 1 }, { position: 2 }] });
    const second = await page(`?after=${first.next}&limit=2`);
    expect(second).toMatchObject({ next: 3, events: [{ position: 3 }] });
    expect(await page('?after=3')).toEqual({ events: [], next: 3, head: 3 });
    expect(await page('?after=99')).toEqual({ events: [], next: 99, head: 3 });
  });

  it('in part', async () => {
    const stream = encodeURIComponent(`agent/${agent_id}`);
    expect(await page(`?stream=${stream}`)).toMatchObject({
      events: [{ position: 2 }, { position: 3 }],
    });
    expect(await page(`?stream=${stream}&type=agent.token-issued&unknown=1`)).toMatchObject({
      events: [{ position: 3 }],
      next: 3,
    });
    expect(await page('?type=nonsense&after=1')).toEqual({ events: [], next: 1, head: 3 });
  });

  it.each([
    'limit=0',
    'limit=1001',
    'limit=',
    'limit=1.5',
    'limit=1&limit=2',
    'after=-1',
    'after=x',
    'after=99999999999999999',
    'stream=a&stream=b',
  ])('and not with ?%s', async (query) => {
    const { body } = await arbiter.admin().get(`/events?${query}`).expect(400);
    expect(body).toEqual({ error: expect.any(String) });
  });

  describe('forgets what an event says', () => {
    const erase = (position: unknown, body: object = { reason: 'a request to be forgotten' }) =>
      arbiter
        .admin()
        .post(`/events/${String(position)}/erase`)
        .send(body);

    it('and everything that was made of it, but not that it happened', async () => {
      await arbiter.admin().get(`/agents/${agent_id}`).expect(200);
      await erase(2).expect(200, { position: 2, recorded_at: 4 });

      const { events, head } = await page();
      expect(events[1]).toMatchObject({ type: 'agent.registered', data: null });
      expect(events[3]).toMatchObject({
        type: 'log.payloads-erased',
        actor: { kind: 'admin' },
        data: { positions: [2], reason: 'a request to be forgotten' },
      });
      expect(head).toBe(4);
      expect(JSON.stringify(await page())).not.toContain('alice');
      await arbiter.admin().get(`/agents/${agent_id}`).expect(404);
      await arbiter.admin().get('/agents').expect(200, []);
      const terms = { agent_id, declared_intent: 'x' };
      await arbiter.admin().post('/sessions').send(terms).expect(404);
    });

    it('only where there is one, and for a reason', async () => {
      await erase(99).expect(404, { error: 'event not found' });
      await erase(0).expect(400);
      await erase('x').expect(400);
      await erase(2, {}).expect(422);
      await erase(2, { reason: ' ' }).expect(400);
      await erase(2).expect(200);
      await erase(4).expect(400);
    });

    it('but nothing that still binds', async () => {
      const terms = { agent_id, declared_intent: 'x' };
      await arbiter.admin().post('/sessions').send(terms).expect(201);
      const binding = { error: expect.stringContaining('still binds') };
      expect((await erase(4).expect(409)).body).toEqual(binding); // the slot of an open session
      await arbiter.admin().delete(`/agents/${agent_id}`).expect(200);
      const { events } = await page();
      for (const { type, position } of events)
        if (type === 'agent.deactivated' || type === 'session.ended')
          await erase(position).expect(409);
      await erase(4).expect(200);
    });
  });

  describe('makes views', () => {
    it('that say how far they are', async () => {
      await arbiter.admin().get('/agents').expect(200);
      await arbiter
        .admin()
        .get('/projections')
        .expect(200, {
          projections: ['agents', 'sessions', 'session-slots'].map((name) => ({
            name,
            revision: 1,
            position: 3,
            lag: 0,
            state: 'running',
            error: null,
          })),
          head: 3,
        });
    });

    it('that are the same when they are made again, even twice at once', async () => {
      const session = await arbiter.openSession(agent_id);
      const bodyOf = async (path: string): Promise<unknown> =>
        (await arbiter.admin().get(path).expect(200)).body;
      const read = () => Promise.all([bodyOf('/agents'), bodyOf(`/sessions/${session}`)]);
      const before = await read();
      const rebuild = (name: string) =>
        arbiter.admin().post(`/projections/${name}/rebuild`).expect(200);
      await Promise.all([rebuild('sessions'), rebuild('sessions'), rebuild('agents')]);
      expect(await read()).toEqual(before);
      await arbiter.admin().post('/projections/nonsense/rebuild').expect(404, {
        error: 'projection not found',
      });
    });
  });
});
