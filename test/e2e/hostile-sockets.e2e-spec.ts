import type { ServerResponse } from 'node:http';
import { GatewayStand } from '../support/gateway-stand';
import { toolCall, type GovernedSession } from '../support/governed-session';
import { converse, dial, hangUpAfter, untilSaid } from '../support/raw-http';
import { deferred } from '../support/waiting';

const call = JSON.stringify(toolCall());
const ROUNDS = 50;

const head = (...lines: readonly string[]): string => `${lines.join('\r\n')}\r\n\r\n`;

describe('whatever comes over a socket', () => {
  let stand: GatewayStand;
  let session: GovernedSession;

  beforeAll(async () => {
    stand = await GatewayStand.start({ proxy: ['header_timeout_secs = 1'] });
    session = await stand.openSession({ call_budget: 10_000 });
  });
  beforeEach(() => {
    stand.upstream.reset();
  });
  afterEach(async () => {
    const { status } = await fetch(`${stand.url}/health`);
    if (status !== 200) throw new Error(`/health answered ${status}.`);
    const { status: managed } = await stand.arbiter.admin('GET', '/agents');
    if (managed !== 200) throw new Error(`GET /agents answered ${managed}.`);
    const defects = stand.arbiter.lines.filter((line) => /"level":"(error|fatal)"/.test(line));
    if (defects.length > 0) throw new Error(defects.join('\n'));
  });
  afterAll(() => stand.stop());

  const urlOf = (listener: string): string =>
    listener === 'gateway' ? stand.url : stand.arbiter.controlUrl;

  const request = (...more: readonly string[]): string =>
    head(
      'POST /mcp HTTP/1.1',
      'host: x',
      `x-agent-id: ${session.agentId}`,
      `x-arbiter-session: ${session.sessionId}`,
      ...more,
    );

  const wholeCall = (...more: readonly string[]): string =>
    `${request(`content-length: ${call.length}`, ...more)}${call}`;

  describe.each(['gateway', 'control plane'])('at the %s', (listener) => {
    it.each<readonly [string, string | Buffer]>([
      ['words', 'HELLO\r\n\r\n'],
      ['bytes', Buffer.from([0, 1, 2, 255, 254, 10, 13, 10])],
      ['a TLS handshake', Buffer.from('16030100a5010000a10303', 'hex')],
      ['HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
      ['a version that is none', head('POST / HTTP/9.9', 'host: x')],
      ['no host', head('POST / HTTP/1.1', 'connection: close')],
      ['a header without a name', head('POST / HTTP/1.1', 'host: x', ': y')],
      ['a NUL in a header', head('POST / HTTP/1.1', 'host: x', 'a: b\0c')],
      ['a blank before a colon', head('POST / HTTP/1.1', 'host: x', 'content-length : 5')],
      ['two lengths', head('POST / HTTP/1.1', 'host: x', 'content-length: 1', 'content-length: 2')],
      ['a length below zero', head('POST / HTTP/1.1', 'host: x', 'content-length: -1')],
      ['a length with a tail', head('POST / HTTP/1.1', 'host: x', 'content-length: 5abc')],
      [
        'a length and chunks',
        `${head('POST / HTTP/1.1', 'host: x', 'content-length: 5', 'transfer-encoding: chunked')}0\r\n\r\n`,
      ],
      [
        'chunks under another name',
        `${head('POST / HTTP/1.1', 'host: x', 'transfer-encoding: chunked, identity')}0\r\n\r\n`,
      ],
      [
        'a chunk whose size is none',
        `${head('POST / HTTP/1.1', 'host: x', 'transfer-encoding: chunked')}zz\r\n\r\n`,
      ],
      ['endless headers', head('POST / HTTP/1.1', 'host: x', `a: ${'b'.repeat(200_000)}`)],
      ['an endless target', head(`GET /${'a'.repeat(200_000)} HTTP/1.1`, 'host: x')],
    ])('refuses %s', async (_case, bytes) => {
      const answer = await converse(urlOf(listener), bytes);

      expect(answer).toMatch(/^(HTTP\/1\.1 4\d\d |$)/);
      expect(answer).not.toMatch(/HTTP\/1\.1 [25]/);
      expect(stand.upstream.received).toHaveLength(0);
    });

    it('survives clients that go away in the middle of a request', async () => {
      const whole = wholeCall('connection: close');
      for (let round = 1; round <= ROUNDS; round += 1)
        await hangUpAfter(urlOf(listener), whole.slice(0, (whole.length * round) / (ROUNDS + 1)));

      expect(stand.arbiter.child.exitCode).toBeNull();
    });

    it('tunnels nothing', async () => {
      const connect = await converse(
        urlOf(listener),
        head('CONNECT evil.example:443 HTTP/1.1', 'host: evil.example:443'),
      );
      const upgrade = await converse(
        urlOf(listener),
        head(
          'GET / HTTP/1.1',
          'host: x',
          'connection: upgrade, close',
          'upgrade: websocket',
          'sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==',
          'sec-websocket-version: 13',
        ),
      );

      expect(connect).toMatch(/^(HTTP\/1\.1 4\d\d |$)/);
      expect(upgrade).toMatch(/^HTTP\/1\.1 (501|4\d\d) /);
    });
  });

  it('ends a request whose headers do not come to an end', async () => {
    const answer = await converse(stand.url, 'POST /mcp HTTP/1.1\r\nhost: x\r\nx-slow: ');

    expect(answer).toMatch(/^HTTP\/1\.1 408 /);
  });

  it('answers two requests in one packet in their order', async () => {
    const first = JSON.stringify(toolCall('first', {}, 'one'));
    const second = JSON.stringify(toolCall('second', {}, 'two'));
    stand.upstream.behave(async ({ body }, response) => {
      // The first answer is ready after the second one.
      if (body.includes('"one"')) await stand.upstream.next();
      response.end(body);
    });

    const answer = await converse(
      stand.url,
      `${request(`content-length: ${first.length}`)}${first}` +
        `${request(`content-length: ${second.length}`, 'connection: close')}${second}`,
    );

    expect(answer).toMatch(/HTTP\/1\.1 200 [^]*"one"[^]*HTTP\/1\.1 200 [^]*"two"/);
  });

  it('does not put an answer to garbage into the middle of another answer', async () => {
    const answering = deferred<ServerResponse>();
    stand.upstream.behave((_received, response) => {
      response.writeHead(200, { 'content-length': 1000 }).write('the beginning');
      answering.resolve(response);
    });
    const socket = await dial(stand.url);
    const said = untilSaid(socket, /the beginning/);
    socket.write(wholeCall());
    await said;
    const rest: Buffer[] = [];
    socket.on('data', (chunk: Buffer) => rest.push(chunk));
    const ended = new Promise((resolve) => socket.once('close', resolve).once('end', resolve));

    socket.write('GARBAGE\r\n\r\n');
    await answering.promise;
    await ended;

    expect(Buffer.concat(rest).toString()).not.toContain('HTTP/1.1');
    socket.destroy();
  });

  it('asks for the body of a client that waits to be asked', async () => {
    const socket = await dial(stand.url);
    const asked = untilSaid(socket, /100 Continue/);
    socket.write(request(`content-length: ${call.length}`, 'expect: 100-continue'));
    await asked;
    const answered = untilSaid(socket, /HTTP\/1\.1 200 [^]*"result"/);
    socket.write(call);

    expect(await answered).toContain('x-arbiter-calls-remaining');
    expect(stand.upstream.last.headers).not.toHaveProperty('expect');
    socket.destroy();
  });

  it('does not take the rest of a refused request for the next one', async () => {
    const body = 'x'.repeat(20_000_000 - 10);
    const smuggled = wholeCall();

    const answer = await converse(
      stand.url,
      `${request(`content-length: ${body.length + smuggled.length}`)}${smuggled}`,
    );

    expect(answer).toMatch(/^HTTP\/1\.1 413 /);
    expect(answer.match(/HTTP\/1\.1/g)).toHaveLength(1);
    expect(stand.upstream.received).toHaveLength(0);
  });
});
