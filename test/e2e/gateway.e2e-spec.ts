import { send, toolCall } from '../support/governed-session';
import { GatewayStand } from '../support/gateway-stand';
import { converse } from '../support/raw-http';
import { refusalIn } from '../support/refusals';

const NOBODY = '00000000-0000-4000-8000-000000000000';
const BODY_MAX_BYTES = 100_000;

describe('the stages of the gateway', () => {
  let stand: GatewayStand;

  beforeAll(async () => {
    stand = await GatewayStand.start({
      proxy: [
        'blocked_paths = ["/admin", "/internal/*"]',
        `max_request_body_bytes = ${BODY_MAX_BYTES}`,
      ],
    });
  });
  beforeEach(() => {
    stand.upstream.reset();
  });
  afterEach(() => {
    // Whatever is refused here is refused before the upstream hears of it.
    if (stand.upstream.received.length > 0) throw new Error('A refused request was forwarded.');
  });
  afterAll(() => stand.stop());

  const post = (body: string | object, headers = {}) => send(stand.url, { body, headers });

  /** The path goes out as it is written here: a URL library would tidy it up. */
  const rawRequest = (method: string, target: string, rest = '\r\n') =>
    converse(
      stand.url,
      `${method} ${target} HTTP/1.1\r\nhost: gateway\r\nconnection: close\r\n${rest}`,
    );

  describe('S2, methods and blocked paths', () => {
    it.each(['TRACE', 'CONNECT', 'PROPFIND'])('answers %s with a plain 405', async (method) => {
      const answer = await rawRequest(method, method === 'CONNECT' ? 'evil:443' : '/mcp');

      expect(answer).toMatch(/^HTTP\/1\.1 405 /);
      expect(answer).toMatch(/\r\n\r\nMethod Not Allowed$/);
      expect(answer).not.toMatch(/content-type/i);
    });

    it.each([
      '/admin',
      '/admin?x=1',
      '/admin/',
      '/admin#top',
      '//admin',
      '/./admin',
      '/x/../admin',
      '/%61dmin',
      '/%2561dmin',
      '/x/%2e%2e/admin',
      'http://gateway/admin',
      '/internal/keys',
      '/internal',
    ])('closes %s', async (target) => {
      const answer = await rawRequest('POST', target);

      expect(answer).toMatch(/^HTTP\/1\.1 403 /);
      expect(answer).toMatch(/\r\n\r\nForbidden$/);
      expect(answer).not.toMatch(/content-type/i);
    });

    it('does not take an encoded NUL for the end of a path', async () => {
      expect(await rawRequest('POST', '/admin%00.txt')).toMatch(
        /^HTTP\/1\.1 400 [^]*\r\n\r\nBad Request$/,
      );
    });

    it.each(['/Admin', '/administrator', '/internals'])('leaves %s open', async (target) => {
      const answer = await rawRequest('POST', target);

      expect(answer).toContain('NON_MCP_REJECTED');
    });
  });

  describe('S4 and S5, body and upgrade', () => {
    it('refuses a body that is announced over the limit', async () => {
      const answer = await post(Buffer.alloc(BODY_MAX_BYTES + 1, 0x20));

      expect(refusalIn(answer)).toMatchObject({
        status: 413,
        code: 'MIDDLEWARE_REJECTED',
        message: expect.stringContaining('too large'),
      });
      expect((await fetch(`${stand.url}/health`)).status).toBe(200);
    });

    it('refuses a body that turns out to be over the limit', async () => {
      const size = BODY_MAX_BYTES + 1;
      const chunk = `${size.toString(16)}\r\n${' '.repeat(size)}\r\n0\r\n\r\n`;

      const answer = await rawRequest('POST', '/', `transfer-encoding: chunked\r\n\r\n${chunk}`);

      expect(answer).toMatch(/^HTTP\/1\.1 413 [^]*"code":"MIDDLEWARE_REJECTED"/);
    });

    it('takes a body of exactly the limit', async () => {
      const session = await stand.openSession();
      const text = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'ping' });

      expect((await session.post(text.padEnd(BODY_MAX_BYTES))).status).toBe(200);
      stand.upstream.reset();
    });

    it('refuses arguments over 64 KiB instead of forwarding the call without them', async () => {
      const session = await stand.openSession();

      const answer = await session.call('echo', { text: 'x'.repeat(65_536) });

      expect(refusalIn(answer)).toMatchObject({ status: 413, code: 'MIDDLEWARE_REJECTED' });
      expect(await session.state()).toMatchObject({ calls_made: 0 });
    });

    it.each(['GET', 'POST'])('refuses to upgrade a %s', async (method) => {
      const answer = await rawRequest(
        method,
        '/mcp',
        'upgrade: websocket\r\ncontent-length: 0\r\n\r\n',
      );

      expect(answer).toMatch(/^HTTP\/1\.1 501 /);
      expect(answer).toMatch(/"code":"MIDDLEWARE_REJECTED","message":"[^"]*upgrade/);
      expect(answer).toContain('"hint":');
    });
  });

  describe('S6, what is not a governed MCP call', () => {
    const call = toolCall();

    it.each<readonly [string, string | object]>([
      ['an empty body', ''],
      ['text', 'hello'],
      ['a byte order mark', `\ufeff${JSON.stringify(call)}`],
      ['a JSON scalar', '42'],
      ['an object that is not JSON-RPC', { method: 'tools/call' }],
      ['another version', { ...call, jsonrpc: '1.0' }],
      ['a version that is a number', { ...call, jsonrpc: 2.0 }],
      ['an unknown method', { ...call, method: 'tools/destroy' }],
      ['a method that is no string', { ...call, method: null }],
      ['an id that is an object', { ...call, id: {} }],
      ['an id of 257 bytes', { ...call, id: 'é'.repeat(128) + '.' }],
      ['a number that no double holds', JSON.stringify(call).replace(':1,', ':1e400,')],
      ['half a surrogate pair', JSON.stringify(call).replace('"echo"', String.raw`"\ud800"`)],
      ['nesting of 129 levels', `${'['.repeat(129)}${']'.repeat(129)}`],
      ['an empty batch', []],
      ['a batch of 101', Array.from({ length: 101 }, () => call)],
      ['a batch with a malformed element', [call, { jsonrpc: '2.0', id: 2 }]],
      ['a batch with a foreign element', [call, { hello: 'world' }]],
      ['a batch with a scalar', [call, 7]],
      ['a batch in a batch', [call, [call]]],
    ])('refuses %s', async (_case, body) => {
      const session = await stand.openSession();

      const answer = await session.post(body);

      expect(refusalIn(answer)).toMatchObject({
        status: 403,
        code: 'NON_MCP_REJECTED',
        hint: expect.any(String),
      });
      expect(await session.state()).toMatchObject({ calls_made: 0 });
    });

    it('refuses bytes that are not UTF-8', async () => {
      const bytes = Buffer.from(JSON.stringify(call).replace('echo', 'ech\xff'), 'latin1');

      expect(refusalIn(await send(stand.url, { body: bytes }))).toMatchObject({
        status: 403,
        code: 'NON_MCP_REJECTED',
      });
    });

    it.each(['POST', 'PUT', 'DELETE'])('wants a session for a call by %s', async (method) => {
      const answer = await send(stand.url, { method, body: call });

      expect(refusalIn(answer)).toMatchObject({
        status: 403,
        code: 'SESSION_REQUIRED',
        hint: expect.any(String),
      });
    });

    it('takes an empty session header for none', async () => {
      const answer = await post(call, { 'x-arbiter-session': '  ', 'x-agent-id': NOBODY });

      expect(refusalIn(answer)).toMatchObject({ status: 403, code: 'SESSION_REQUIRED' });
    });

    it.each(['GET', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'])('refuses %s', async (method) => {
      const answer = await send(stand.url, { method });

      expect(refusalIn(answer)).toMatchObject({
        status: 405,
        code: 'MIDDLEWARE_REJECTED',
        detail: expect.any(String),
        hint: expect.any(String),
      });
    });

    it.each(['HEAD', 'GET'])('refuses %s on a path that looks like ours', async (method) => {
      const answer = await send(`${stand.url}/health/`, { method });

      expect(answer.status).toBe(405);
    });

    it('repeats a session id that is none, bounded', async () => {
      const answer = await post(call, { 'x-arbiter-session': "'; DROP TABLE sessions; --" });
      const long = await post(call, { 'x-arbiter-session': 'x'.repeat(10_000) });

      expect(refusalIn(answer)).toMatchObject({
        status: 400,
        code: 'SESSION_INVALID',
        detail: expect.stringContaining("'; DROP TABLE sessions; --"),
      });
      expect(refusalIn(long)).toMatchObject({ status: 400, code: 'SESSION_INVALID' });
      expect(long.text.length).toBeLessThan(1_000);
    });
  });
});
