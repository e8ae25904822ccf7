import { readFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { request } from 'undici';
import { answerEvents, silent } from '../support/echo-upstream';
import { eventFollowing } from '../support/event-log';
import { GatewayStand } from '../support/gateway-stand';
import { toolCall, type GovernedSession } from '../support/governed-session';
import { dial, untilSaid } from '../support/raw-http';
import { deferred, eventually, within } from '../support/waiting';

const MIB = 1024 * 1024;
const FLOOD_BYTES = 200 * MIB;
/** What sockets and streams between the two ends may hold; a gateway that buffers holds it all. */
const UNREAD_BYTES_MAX = 32 * MIB;
const GROWTH_BYTES_MAX = 64 * MIB;
const WAIT_MS = 20_000;

const call = toolCall();

describe('streaming through the gateway', () => {
  let stand: GatewayStand;
  let session: GovernedSession;

  beforeAll(async () => {
    stand = await GatewayStand.start({
      proxy: [`max_response_body_bytes = ${FLOOD_BYTES * 2}`, 'upstream_timeout_secs = 30'],
    });
  });
  beforeEach(async () => {
    stand.upstream.reset();
    session = await stand.openSession();
  });
  afterAll(() => stand.stop());

  const outcome = async () => {
    const filter = { stream: `session/${session.sessionId}`, type: 'session.call-completed' };
    return (await eventFollowing(stand.arbiter, filter)).data;
  };

  const start = (message: object = call) =>
    request(session.endpoint, {
      method: 'POST',
      headers: { ...session.ids, 'content-type': 'application/json' },
      body: JSON.stringify(message),
    });

  it.each([
    ['event stream', 'text/event-stream'],
    ['body', 'application/octet-stream'],
  ])('passes each part of an %s on before the next one exists', async (_name, type) => {
    const answering = deferred<ServerResponse>();
    stand.upstream.behave((_received, response) => {
      response.writeHead(200, { 'content-type': type }).flushHeaders();
      response.write('data: 1\n\n');
      answering.resolve(response);
    });
    const { body } = await start();
    const upstream = await answering.promise;
    const heard: string[] = [];

    // Each part is written after the one before it has arrived: a gateway that waits, waits for ever.
    for await (const chunk of body) {
      heard.push(String(chunk));
      if (heard.length < 3) upstream.write(`data: ${heard.length + 1}\n\n`);
      else upstream.end();
    }

    expect(heard).toEqual(['data: 1\n\n', 'data: 2\n\n', 'data: 3\n\n']);
    expect(await outcome()).toMatchObject({ outcome: 'answered' });
  });

  it('passes the head of an event stream on before there is an event', async () => {
    const answering = deferred<ServerResponse>();
    stand.upstream.behave((_received, response) => {
      answering.resolve(answerEvents(response));
    });

    const { statusCode, headers, body } = await within(WAIT_MS, start(), 'no head came');
    (await answering.promise).end();
    await body.text();

    expect(statusCode).toBe(200);
    expect(headers).toMatchObject({
      'content-type': 'text/event-stream',
      'x-arbiter-calls-remaining': expect.any(String),
    });
  });

  it('filters a list of tools that comes as an event, and holds nothing else back', async () => {
    const answering = deferred<ServerResponse>();
    const listed = await stand.openSession({ authorized_tools: ['echo'] });
    stand.upstream.behave((_received, response) => {
      answering.resolve(answerEvents(response));
      response.write(': hello\n\n');
    });
    const { body } = await request(session.endpoint, {
      method: 'POST',
      headers: listed.ids,
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list' }),
    });
    const upstream = await answering.promise;
    const heard: string[] = [];
    for await (const chunk of body) {
      heard.push(String(chunk));
      const tools = [{ name: 'echo' }, { name: 'get-env' }];
      upstream.end(`data: ${JSON.stringify({ jsonrpc: '2.0', id: 1, result: { tools } })}\n\n`);
    }

    expect(heard).toEqual([
      ': hello\n\n',
      'data: {"jsonrpc":"2.0","id":1,"result":{"tools":[{"name":"echo"}]}}\n\n',
    ]);
  });

  it('gives the upstream up when the client hangs up before an answer', async () => {
    stand.upstream.behave(silent);
    const arrival = stand.upstream.next();
    const socket = await dial(stand.url);
    const text = JSON.stringify(call);
    const { 'x-agent-id': agent, 'x-arbiter-session': id } = session.ids;
    socket.write(
      `POST /mcp HTTP/1.1\r\nhost: x\r\nx-agent-id: ${agent}\r\nx-arbiter-session: ${id}\r\n` +
        `content-length: ${text.length}\r\n\r\n${text}`,
    );
    const response = await arrival;
    const cut = new Promise((resolve) => response.once('close', resolve));

    socket.destroy();

    await within(WAIT_MS, cut, 'the upstream was not given up');
    expect(await outcome()).toMatchObject({ outcome: 'aborted-by-client', upstreamStatus: null });
  });

  it('gives the upstream up when the client hangs up in the middle of an answer', async () => {
    const answering = deferred<ServerResponse>();
    stand.upstream.behave((_received, response) => {
      answerEvents(response).write('data: 1\n\n');
      answering.resolve(response);
    });
    const { body } = await start();
    const cut = new Promise((resolve) => {
      void answering.promise.then((response) => response.once('close', resolve));
    });
    body.on('error', () => undefined);

    body.destroy();

    await within(WAIT_MS, cut, 'the upstream was not given up');
    expect(await outcome()).toMatchObject({ outcome: 'aborted-by-client', upstreamStatus: 200 });
  });

  it('reads from the upstream at the pace of a slow client', async () => {
    const flood = { written: 0 };
    stand.upstream.behave((_received, response) => {
      response.writeHead(200, { 'content-type': 'application/octet-stream' });
      pour(response, flood);
    });
    const before = residentBytes(stand.arbiter.child.pid);
    const socket = await dial(stand.url);
    const text = JSON.stringify(call);
    const { 'x-agent-id': agent, 'x-arbiter-session': id } = session.ids;
    socket.write(
      `POST /mcp HTTP/1.1\r\nhost: x\r\nconnection: close\r\nx-agent-id: ${agent}\r\n` +
        `x-arbiter-session: ${id}\r\ncontent-length: ${text.length}\r\n\r\n${text}`,
    );
    await untilSaid(socket, /\r\n\r\n/);
    socket.pause();

    const written = await settled(() => flood.written);
    const grown = residentBytes(stand.arbiter.child.pid) - before;

    expect(written).toBeLessThan(UNREAD_BYTES_MAX);
    expect(grown).toBeLessThan(GROWTH_BYTES_MAX);

    const ended = new Promise<void>((resolve) =>
      socket.once('close', resolve).once('end', resolve),
    );
    let read = 0;
    socket.on('data', (chunk: Buffer) => (read += chunk.length));
    socket.resume();
    await within(WAIT_MS, ended, 'the rest did not come');
    socket.destroy();
    expect(flood.written).toBe(FLOOD_BYTES);
    expect(read).toBeGreaterThan(FLOOD_BYTES - UNREAD_BYTES_MAX);
    expect(await outcome()).toMatchObject({ outcome: 'answered', responseBytes: FLOOD_BYTES });
  }, 60_000);
});

/** Writes the whole flood, and no faster than it is taken. */
const pour = (response: ServerResponse, flood: { written: number }): void => {
  const chunk = Buffer.alloc(MIB / 4);
  while (flood.written < FLOOD_BYTES) {
    flood.written += chunk.length;
    if (response.write(chunk)) continue;
    response.once('drain', () => {
      pour(response, flood);
    });
    return;
  }
  response.end();
};

/** The value once it has stopped to change: nobody says when a sender has been made to wait. */
const settled = async (read: () => number): Promise<number> => {
  let last = -1;
  let unchanged = 0;
  return eventually('the flow stops', () => {
    unchanged = read() === last && last > 0 ? unchanged + 1 : 0;
    last = read();
    return unchanged >= 50 ? last : undefined;
  });
};

const residentBytes = (pid: number | undefined): number => {
  const [, pages = '0'] = readFileSync(`/proc/${String(pid)}/statm`, 'utf8').split(' ');
  return Number(pages) * 4096;
};
