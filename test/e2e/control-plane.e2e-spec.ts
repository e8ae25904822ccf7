import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { ADMIN_KEY, startControlPlane, type ControlPlane } from './control-plane.harness';

const NOBODY = '00000000-0000-4000-8000-000000000000';
const MIB = 1024 * 1024;

describe('the control plane', () => {
  let arbiter: ControlPlane;

  beforeAll(async () => {
    arbiter = await startControlPlane();
  });
  afterAll(() => arbiter.stop());

  const post = (path: string, body: string, type = 'application/json') =>
    arbiter.admin().post(path).set('content-type', type).send(body);
  const agent = (members: string) => `{"owner":"alice","model":"m"${members}}`;
  const sendRaw = async (bytes: string): Promise<string> => {
    const socket = connect(arbiter.port, '127.0.0.1');
    socket.write(bytes);
    return text(socket);
  };

  describe('lets in who has the key', () => {
    it.each([
      ['x-api-key', ADMIN_KEY],
      ['authorization', `Bearer ${ADMIN_KEY}`],
      ['authorization', `bearer  ${ADMIN_KEY}`],
    ])('in %s: %s', async (name, value) => {
      await arbiter.anonymous().get('/agents').set(name, value).expect(200);
    });

    it('and asks for one that is missing', async () => {
      const { body } = await arbiter.anonymous().get('/agents').expect(401);
      expect(body).toEqual({ error: expect.stringContaining('missing') });
    });

    it.each([
      ['x-api-key', `${ADMIN_KEY}x`],
      ['x-api-key', ''],
      ['authorization', 'Bearer nonsense'],
    ])('and refuses a wrong one in %s: %s', async (name, value) => {
      const { body } = await arbiter.anonymous().get('/agents').set(name, value).expect(401);
      expect(body).toEqual({ error: expect.stringContaining('invalid') });
    });

    it('and does not look for the key where other things are', async () => {
      const basic = `Basic ${Buffer.from(`admin:${ADMIN_KEY}`).toString('base64')}`;
      await arbiter.anonymous().get('/agents').set('authorization', basic).expect(401);
    });
  });

  describe('judges in the order of the spec', () => {
    it('the key before the path, the path before the type, the type before the JSON', async () => {
      const path = '/agents/nonsense/token';
      await arbiter.anonymous().post(path).set('content-type', 'text/plain').send('{').expect(401);
      await post(path, '{', 'text/plain').expect(400);
      await post(`/agents/${NOBODY}/token`, '{', 'text/plain').expect(415);
      await post(`/agents/${NOBODY}/token`, '{').expect(400);
      await post(`/agents/${NOBODY}/token`, '{"expiry_seconds":"1"}').expect(422);
      await post(`/agents/${NOBODY}/token`, '{"expiry_seconds":1}').expect(404);
    });

    it.each([
      [401, 'GET', '/agents', ''],
      [400, 'GET', '/agents/nonsense', ADMIN_KEY],
      [415, 'POST', '/agents', ADMIN_KEY],
      [422, 'POST', '/policy/validate', ADMIN_KEY],
    ])('and answers %i flatly', async (status, method, path, key) => {
      const isPost = method === 'POST';
      const request = isPost ? arbiter.anonymous().post(path) : arbiter.anonymous().get(path);
      if (status === 422) void request.type('json').send('{}');
      const { body } = await request.set('x-api-key', key).expect(status);
      expect(body).toEqual({ error: expect.any(String) });
    });
  });

  describe('reads JSON', () => {
    it.each(['application/json', 'application/json; charset=utf-8', 'application/vnd.x+json'])(
      'of the type %s',
      (type) => post('/agents', agent(''), type).expect(201),
    );

    it.each([
      ['no type', ''],
      ['text', 'text/plain'],
      ['a form', 'application/x-www-form-urlencoded'],
      ['something like JSON', 'application/jsonp'],
      ['a type in a parameter', 'text/plain; x=application/json'],
    ])('and refuses %s', (_, type) => post('/agents', agent(''), type).expect(415));

    it.each([
      ['half a document', '{"owner":'],
      ['nothing', ''],
      ['nesting without end', `{"owner":${'['.repeat(200_000)}`],
      ['nesting that is closed', agent(`,"x":${'['.repeat(200)}${']'.repeat(200)}`)],
      ['a number out of range', agent(',"x":1e400')],
    ])('and refuses %s', (_, body) => post('/agents', body).expect(400));

    it('and refuses bytes that are no UTF-8', async () => {
      const body = Buffer.from(agent(',"x":"?"')).map((byte) => (byte === 0x3f ? 0xff : byte));
      const answer = await fetch(`http://127.0.0.1:${arbiter.port}/agents`, {
        method: 'POST',
        headers: { 'x-api-key': ADMIN_KEY, 'content-type': 'application/json' },
        body,
      });
      expect(answer.status).toBe(400);
    });

    it.each(['null', '[]', '1', '"text"', 'true', `[${agent('')}]`])(
      'and expects an object, not %s',
      (body) => post('/agents', body).expect(422),
    );

    it.each([
      ['brackets in a text', agent(`,"x":"${'['.repeat(200)}"`)],
      ['escaped quotes in a text', agent(`,"x":"\\"${'['.repeat(200)}\\\\"`)],
      ['members that nobody asked for', agent(',"unknown":{"a":[1]}')],
      ['members with odd names', agent(',"__proto__":{"x":1},"constructor":{"prototype":{}}')],
      ['odd names further down', agent(',"x":{"constructor":1,"__proto__":null,"then":1}')],
      ['a member twice', agent(',"owner":"bob"')],
      ['integers that nobody reads', agent(',"x":90071992547409930')],
    ])('and does not mind %s', (_, body) => post('/agents', body).expect(201));

    it('and does not take what is inherited for what was sent', async () => {
      await post('/agents', '{"__proto__":{"owner":"alice","model":"m"}}').expect(422);
      await post('/agents', '{"owner":"alice","constructor":{"model":"m"}}').expect(422);
    });

    it('up to 2 MiB', async () => {
      await post('/agents', agent(`,"x":"${'x'.repeat(2 * MIB - 100)}"`)).expect(201);
      const { body } = await post('/agents', agent(`,"x":"${'x'.repeat(2 * MIB)}"`)).expect(413);
      expect(body).toEqual({ error: expect.any(String) });
    });
  });

  describe('knows its routes', () => {
    it.each(['/', '/nothing', '/agents/', '/Agents', '/agents/a/b/c', '/health', '/delegations'])(
      'and answers %s with nothing',
      async (path) => {
        const answer = await arbiter.anonymous().get(path).expect(404);
        expect(answer.text).toBe('');
      },
    );

    it.each([
      ['PUT', '/agents', 'GET, HEAD, POST'],
      ['OPTIONS', '/agents', 'GET, HEAD, POST'],
      ['PATCH', `/agents/${NOBODY}`, 'DELETE, GET, HEAD'],
      ['GET', '/policy/reload', 'POST'],
      ['DELETE', '/sessions/x', 'GET, HEAD'],
    ])('and says what else than %s %s there is', async (method, path, allow) => {
      const answer = await sendRaw(
        `${method} ${path} HTTP/1.1\r\nhost: a\r\nconnection: close\r\ncontent-length: 1\r\n\r\n{`,
      );
      expect(answer).toMatch(/^HTTP\/1\.1 405 /);
      expect(answer.toLowerCase()).toContain(`allow: ${allow.toLowerCase()}\r\n`);
      expect(answer).toMatch(/\r\n\r\n$/);
    });

    it('serves HEAD like GET, without the body', async () => {
      const got = await arbiter.admin().get('/agents').expect(200);
      const answer = await arbiter.admin().head('/agents').expect(200);
      expect(answer.text).toBeUndefined();
      expect(answer.headers['content-length']).toBe(got.headers['content-length']);
      await arbiter.anonymous().head('/agents').expect(401);
    });

    it.each(['%zz', 'x'.repeat(8_000), '%00', '..%2f..', NOBODY.slice(1)])(
      'and takes no /agents/%s for an id',
      async (id) => {
        const { body } = await arbiter.admin().get(`/agents/${id}`).expect(400);
        expect(body).toEqual({ error: expect.any(String) });
      },
    );

    it.each([
      ['not HTTP', 'nonsense\r\n\r\n', 400],
      ['endless headers', `GET / HTTP/1.1\r\nx: ${'x'.repeat(50_000)}\r\n\r\n`, 431],
    ])('and answers %s in its own shape', async (_, bytes, status) => {
      const answer = await sendRaw(bytes);
      expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${String(status)} `));
      expect(JSON.parse(answer.split('\r\n\r\n')[1] ?? '')).toEqual({ error: expect.any(String) });
    });
  });

  it('does not look at a body where none belongs', async () => {
    await post(`/agents/${NOBODY}/token`, '', 'application/json').expect(404);
    await post('/policy/reload', '{"x":', 'nonsense').expect(400, {
      error: 'no policy file is configured, so there is nothing to reload',
    });
  });
});

describe('the rate limit', () => {
  it('counts each presented key by itself, and before it is judged', async () => {
    const arbiter = await startControlPlane({ toml: '' });
    const statuses = (count: number, headers: Record<string, string>, path = '/agents') =>
      Promise.all(
        Array.from({ length: count }, () =>
          arbiter
            .anonymous()
            .get(path)
            .set(headers)
            .then(({ status }) => status),
        ),
      );
    const times = (status: number, count: number) => Array<number>(count).fill(status);

    expect(await statuses(60, { 'x-api-key': ADMIN_KEY })).toEqual(times(200, 60));
    const refused = await arbiter.admin().post('/agents').send('nonsense').expect(429);
    expect(refused.body).toEqual({ error: expect.stringContaining('rate limit') });
    // The same key in another header is the same key.
    expect(await statuses(1, { authorization: `Bearer ${ADMIN_KEY}` })).toEqual([429]);

    expect(await statuses(60, {})).toEqual(times(401, 60));
    expect(await statuses(1, {})).toEqual([429]);
    expect(await statuses(60, { 'x-api-key': 'guess' })).toEqual(times(401, 60));
    expect(await statuses(1, { 'x-api-key': 'guess' })).toEqual([429]);
    expect(await statuses(1, { 'x-api-key': 'another' })).toEqual([401]);
    expect(await statuses(1, { 'x-api-key': ADMIN_KEY }, '/nothing')).toEqual([404]);
    await arbiter.stop();
  });
});
