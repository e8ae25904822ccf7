import { toolCall, type GovernedSession } from '../support/governed-session';
import { GatewayStand } from '../support/gateway-stand';
import { converse } from '../support/raw-http';

const call = toolCall();

describe('S9.5 to S11, the way to the upstream and back', () => {
  let stand: GatewayStand;
  let session: GovernedSession;

  beforeAll(async () => {
    stand = await GatewayStand.start();
    session = await stand.openSession();
  });
  beforeEach(() => {
    stand.upstream.reset();
  });
  afterAll(() => stand.stop());

  describe('what the upstream is sent', () => {
    it('is the call that was judged', async () => {
      const message = toolCall('read_file', { path: '/a', deep: { list: [1, null, true, 'ü'] } });

      await session.post({ ...message, id: 'call-1' });

      expect(JSON.parse(stand.upstream.last.body)).toEqual({ ...message, id: 'call-1' });
      expect(stand.upstream.last.headers['content-length']).toBe(
        String(Buffer.byteLength(stand.upstream.last.body)),
      );
    });

    it('keeps every digit of a number', async () => {
      const body =
        '{"jsonrpc":"2.0","id":9007199254740993,"method":"tools/call","params":' +
        '{"name":"echo","arguments":{"n":123456789012345678901234567890,"f":1.10,"e":1E5}}}';

      await session.post(body);

      expect(stand.upstream.last.body).toBe(body);
    });

    it('has the last of two members of a name, which is the one that was judged', async () => {
      await session.post(
        '{"jsonrpc":"2.0","id":1,"method":"ping","method":"tools/call",' +
          '"params":{"name":"delete_all","name":"echo","arguments":{"a":1,"a":2}}}',
      );

      expect(stand.upstream.last.body).toBe(
        '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"echo","arguments":{"a":2}}}',
      );
    });

    it('has prototype keys as data, and no lookalikes of judged members', async () => {
      await session.post(
        '{"jsonrpc":"2.0","id":1,"Method":"tools/list","method":"tools/call","params":' +
          '{"name":"echo","Name":"delete_all","arguments":{"__proto__":{"x":1},"constructor":2}}}',
      );

      expect(stand.upstream.last.body).toBe(
        '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":' +
          '{"name":"echo","arguments":{"__proto__":{"x":1},"constructor":2}}}',
      );
    });

    it('does not have what was discarded: a null id, odd names, params that are no object', async () => {
      await session.post({ ...toolCall('rm -rf /'), id: null });
      expect(JSON.parse(stand.upstream.last.body)).toEqual({
        jsonrpc: '2.0',
        method: 'tools/call',
        params: { arguments: {} },
      });

      const read = { jsonrpc: '2.0', id: 1, method: 'resources/read' };
      await session.post({ ...read, params: { uri: 'FILE:///etc/passwd', _meta: { a: 1 } } });
      expect(JSON.parse(stand.upstream.last.body)).toEqual({
        ...read,
        params: { _meta: { a: 1 } },
      });

      await session.post({ jsonrpc: '2.0', id: 1, method: 'ping', params: ['x'] });
      expect(stand.upstream.last.body).toBe('{"jsonrpc":"2.0","id":1,"method":"ping"}');
    });

    it('comes with its length, however the client sent it', async () => {
      const text = JSON.stringify(call);
      const lines = [
        'POST /mcp HTTP/1.1',
        'host: gateway',
        'connection: close',
        `x-agent-id: ${session.agentId}`,
        `x-arbiter-session: ${session.sessionId}`,
        'transfer-encoding: chunked',
      ];
      const chunks = Array.from(text, (character) => `1\r\n${character}\r\n`).join('');

      await converse(stand.url, `${lines.join('\r\n')}\r\n\r\n${chunks}0\r\n\r\n`);

      expect(stand.upstream.last.body).toBe(text);
      expect(stand.upstream.last.headers['content-length']).toBe(String(text.length));
    });

    it('keeps a batch of one a batch', async () => {
      await session.post([call]);

      expect(JSON.parse(stand.upstream.last.body)).toEqual([call]);
    });

    it.each([
      ['/some%20path/?a=1&b=%2F', '/some%20path/?a=1&b=%2F'],
      ['//mcp/../x/./y', '//mcp/../x/./y'],
      ['http://gateway.example/mcp?a=1', '/mcp?a=1'],
      ['http://gateway.example', '/'],
      ['/mcp?a=1#fragment', '/mcp?a=1'],
    ])('goes to the path that the client asked for, %s', async (target, forwarded) => {
      const body = JSON.stringify(call);
      const lines = [
        `POST ${target} HTTP/1.1`,
        'host: gateway',
        'connection: close',
        `x-agent-id: ${session.agentId}`,
        `x-arbiter-session: ${session.sessionId}`,
        `content-length: ${body.length}`,
      ];

      await converse(stand.url, `${lines.join('\r\n')}\r\n\r\n${body}`);

      expect(stand.upstream.last.url).toBe(forwarded);
    });

    it('has the headers of the client but none that are ours or the connection’s', async () => {
      const lines = [
        `POST /mcp HTTP/1.1`,
        'Host: gateway.example',
        `X-Agent-Id: ${session.agentId}`,
        `X-Arbiter-Session: ${session.sessionId}`,
        'X-Arbiter-Anything: 1',
        'X-Delegation-Chain: user:alice',
        'Authorization: Bearer upstream-token',
        'Connection: close, X-Hop',
        'X-Hop: 1',
        'Keep-Alive: timeout=5',
        'Proxy-Authorization: Basic eDp5',
        'Proxy-Connection: keep-alive',
        'TE: trailers',
        'Trailer: X-Check',
        'Mcp-Protocol-Version: 2025-11-25',
        'X-Twice: one',
        'X-Twice: two',
        'Content-Type: application/json',
        `Content-Length: ${JSON.stringify(call).length}`,
      ];

      await converse(stand.url, `${lines.join('\r\n')}\r\n\r\n${JSON.stringify(call)}`);

      const { headers, rawHeaders } = stand.upstream.last;
      expect(headers).toMatchObject({
        host: new URL(stand.upstream.url).host,
        'x-agent-id': session.agentId,
        'x-delegation-chain': 'user:alice',
        authorization: 'Bearer upstream-token',
        'mcp-protocol-version': '2025-11-25',
        'x-twice': 'one, two',
        'content-type': 'application/json',
      });
      const names = rawHeaders.filter((_text, index) => index % 2 === 0).join(' ');
      expect(names.toLowerCase()).not.toMatch(
        /x-arbiter|x-hop|keep-alive|proxy-|\bte\b|trailer|transfer-encoding|expect/,
      );
    });
  });

  describe('what the client is sent', () => {
    it('is the answer of the upstream, whatever its status, without headers that are ours', async () => {
      stand.upstream.behave((_received, response) => {
        response.writeHead(418, 'Teapot', {
          'content-type': 'text/plain',
          'set-cookie': ['a=1', 'b=2'],
          'x-arbiter-calls-remaining': '999999',
          'x-arbiter-anything': 'forged',
          connection: 'close, x-hop',
          'x-hop': '1',
          'proxy-authenticate': 'Basic',
          'mcp-session-id': 'upstream-1',
        });
        response.end('short and stout');
      });

      const { status, text, headers } = await session.post(call);

      expect({ status, text }).toEqual({ status: 418, text: 'short and stout' });
      expect(headers).toMatchObject({
        'content-type': 'text/plain',
        'set-cookie': ['a=1', 'b=2'],
        'mcp-session-id': 'upstream-1',
        'x-arbiter-calls-remaining': expect.stringMatching(/^\d{1,3}$/),
      });
      for (const name of ['x-arbiter-anything', 'x-hop', 'proxy-authenticate'])
        expect(headers).not.toHaveProperty(name);
    });

    it('is a redirect where the upstream redirects', async () => {
      stand.upstream.behave((_received, response) => {
        response.writeHead(307, { location: 'http://elsewhere.example/' }).end();
      });

      const answer = await session.post(call);

      expect(answer.status).toBe(307);
      expect(answer.headers['location']).toBe('http://elsewhere.example/');
      expect(stand.upstream.received).toHaveLength(1);
    });

    it('is compressed when the client and the upstream agree on it', async () => {
      const packed = Buffer.from('H4sIAAAAAAAAA8tIzcnJBwCGphA2BQAAAA==', 'base64');
      stand.upstream.behave(({ headers }, response) => {
        const encoding = headers['accept-encoding'];
        response.writeHead(200, { 'content-encoding': encoding, 'content-length': packed.length });
        response.end(packed);
      });

      const answer = await session.post(call, { 'accept-encoding': 'gzip' });

      expect(answer.headers).toMatchObject({
        'content-encoding': 'gzip',
        'content-length': String(packed.length),
      });
    });
  });
});
