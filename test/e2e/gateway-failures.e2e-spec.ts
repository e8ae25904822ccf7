import type { ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';
import { request } from 'undici';
import { ArbiterProcess } from '../support/arbiter-process';
import { answerEvents, silent } from '../support/echo-upstream';
import { eventFollowing } from '../support/event-log';
import { GatewayStand } from '../support/gateway-stand';
import { gatewayToml, GovernedSession, toolCall } from '../support/governed-session';
import { refusalIn } from '../support/refusals';
import { deferred } from '../support/waiting';

const RESPONSE_MAX_BYTES = 50_000;
const call = toolCall();

describe('S10, an upstream that fails', () => {
  let stand: GatewayStand;
  let session: GovernedSession;

  beforeAll(async () => {
    stand = await GatewayStand.start({
      proxy: ['upstream_timeout_secs = 1', `max_response_body_bytes = ${RESPONSE_MAX_BYTES}`],
    });
  });
  beforeEach(async () => {
    stand.upstream.reset();
    session = await stand.openSession();
  });
  afterAll(() => stand.stop());

  /** How the one call of this session ended, by the log. */
  const outcome = async () => {
    const filter = { stream: `session/${session.sessionId}`, type: 'session.call-completed' };
    return (await eventFollowing(stand.arbiter, filter)).data;
  };

  const countOf = (decision: string) => stand.metric(`requests_total{decision="${decision}"}`);

  it('answers 504 when no headers come in time', async () => {
    stand.upstream.behave(silent);
    const counted = await countOf('__unknown__');

    const answer = await session.post(call);

    expect(refusalIn(answer)).toMatchObject({
      status: 504,
      code: 'UPSTREAM_ERROR',
      message: expect.stringContaining('timeout'),
    });
    expect(await outcome()).toMatchObject({ outcome: 'timed-out', upstreamStatus: null });
    expect(await countOf('__unknown__')).toBe(counted + 1);
  });

  it('answers 504 when nothing follows the headers', async () => {
    stand.upstream.behave((_received, response) => {
      response.writeHead(200, { 'content-type': 'application/json' }).flushHeaders();
    });

    expect(refusalIn(await session.post(call))).toMatchObject({
      status: 504,
      code: 'UPSTREAM_ERROR',
    });
    expect(await outcome()).toMatchObject({ outcome: 'timed-out', upstreamStatus: 200 });
  });

  it('cuts an answer that stalls half-way: nobody may take half for the whole', async () => {
    stand.upstream.behave((_received, response) => {
      response.writeHead(200, { 'content-type': 'application/json' }).write('{"jsonrpc"');
    });

    await expect(session.post(call)).rejects.toThrow();
    expect(await outcome()).toMatchObject({ outcome: 'timed-out', responseBytes: 10 });
  });

  it('answers 502 when the announced body is too large', async () => {
    stand.upstream.behave((_received, response) => {
      response.writeHead(200, { 'content-length': RESPONSE_MAX_BYTES + 1 });
      response.end(Buffer.alloc(RESPONSE_MAX_BYTES + 1));
    });
    const counted = await countOf('deny');

    const answer = await session.post(call);

    expect(refusalIn(answer)).toMatchObject({
      status: 502,
      code: 'UPSTREAM_ERROR',
      message: expect.stringContaining('too large'),
    });
    expect(await outcome()).toMatchObject({ outcome: 'too-large', upstreamStatus: 200 });
    expect(await countOf('deny')).toBe(counted + 1);
  });

  it('answers 502 when the body turns out to be too large at once', async () => {
    stand.upstream.behave((_received, response) => {
      response.writeHead(200, { 'transfer-encoding': 'chunked' });
      response.end(Buffer.alloc(RESPONSE_MAX_BYTES * 10));
    });

    expect((await session.post(call)).status).toBe(502);
    expect(await outcome()).toMatchObject({ outcome: 'too-large' });
  });

  it('cuts a body that turns out to be too large later on', async () => {
    const answering = deferred<ServerResponse>();
    stand.upstream.behave((_received, response) => {
      response.writeHead(200, { 'content-type': 'text/plain' }).write('the beginning');
      answering.resolve(response);
    });
    const { body } = await request(session.endpoint, {
      method: 'POST',
      headers: session.ids,
      body: JSON.stringify(call),
    });

    (await answering.promise).end(Buffer.alloc(RESPONSE_MAX_BYTES));

    await expect(body.text()).rejects.toThrow();
    expect(await outcome()).toMatchObject({ outcome: 'too-large', upstreamStatus: 200 });
  });

  it('takes a body of exactly the limit', async () => {
    stand.upstream.behave((_received, response) => {
      response.end(Buffer.alloc(RESPONSE_MAX_BYTES, 0x61));
    });
    const counted = await countOf('allow');

    expect((await session.post(call)).text).toHaveLength(RESPONSE_MAX_BYTES);
    expect(await outcome()).toMatchObject({
      outcome: 'answered',
      upstreamStatus: 200,
      responseBytes: RESPONSE_MAX_BYTES,
    });
    expect(await countOf('allow')).toBe(counted + 1);
  });

  it('does not count a whole event stream against the limit', async () => {
    const event = `data: ${'x'.repeat(RESPONSE_MAX_BYTES - 10)}\n\n`;
    stand.upstream.behave((_received, response) => {
      answerEvents(response).end(event.repeat(3));
    });

    expect((await session.post(call)).text === event.repeat(3)).toBe(true);
  });

  it('answers 502 when the upstream hangs up without a word', async () => {
    stand.upstream.behave((_received, response) => response.socket?.destroy());
    const counted = await countOf('error');

    const answer = await session.post(call);

    expect(refusalIn(answer)).toMatchObject({ status: 502, code: 'UPSTREAM_ERROR' });
    // It had the whole request, so it may have carried it out.
    const ended = { outcome: 'aborted-by-upstream', upstreamStatus: null };
    expect(await outcome()).toMatchObject(ended);
    expect(await countOf('error')).toBe(counted + 1);
  });

  it('answers 502 when the upstream does not speak HTTP', async () => {
    stand.upstream.behave((_received, response) => response.socket?.end('SSH-2.0-OpenSSH_9.6\r\n'));

    expect(refusalIn(await session.post(call))).toMatchObject({
      status: 502,
      code: 'UPSTREAM_ERROR',
    });
  });

  it('cuts an answer that breaks off', async () => {
    stand.upstream.behave((_received, response) => {
      response.writeHead(200, { 'content-length': 100 }).write('x'.repeat(50), () => {
        response.socket?.destroy();
      });
    });

    await expect(session.post(call)).rejects.toThrow();
    expect(await outcome()).toMatchObject({ outcome: 'aborted-by-upstream', upstreamStatus: 200 });
    expect((await fetch(`${stand.url}/health`)).status).toBe(200);
  });

  it.each<readonly [string, Readonly<Record<string, string>>, string | Buffer]>([
    ['broken', { 'content-type': 'application/json' }, '{"result":{"tools":['],
    [
      'packed JSON',
      { 'content-type': 'application/json', 'content-encoding': 'gzip' },
      gzipSync('{"jsonrpc":"2.0","id":1,"result":{"tools":[]}}'),
    ],
    [
      'packed events',
      { 'content-type': 'text/event-stream', 'content-encoding': 'gzip' },
      gzipSync('data: {"jsonrpc":"2.0","id":1,"result":{"tools":[]}}\n\n'),
    ],
  ])('refuses a list of tools that it cannot filter: %s', async (_case, headers, body) => {
    stand.upstream.behave((_received, response) => response.writeHead(200, headers).end(body));

    const answer = await session.post({ jsonrpc: '2.0', id: 1, method: 'tools/list' });

    expect(refusalIn(answer)).toMatchObject({ status: 502, code: 'UPSTREAM_ERROR' });
  });
});

describe('an upstream that is not there', () => {
  it('is 502 and stays unnamed', async () => {
    const toml = gatewayToml({ upstreamUrl: 'http://127.0.0.1:9/hidden' });
    const arbiter = await ArbiterProcess.start({ toml });
    try {
      const session = await GovernedSession.open(arbiter);

      const answer = await session.post(call);

      expect(refusalIn(answer)).toMatchObject({ status: 502, code: 'UPSTREAM_ERROR' });
      expect(answer.text).not.toMatch(/127\.0\.0\.1|ECONNREFUSED|hidden|connect/i);
    } finally {
      await arbiter.dispose();
    }
  });
});
