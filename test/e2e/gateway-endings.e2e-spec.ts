import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { ArbiterProcess } from '../support/arbiter-process';
import { silent } from '../support/echo-upstream';
import { eventFollowing, eventsOf } from '../support/event-log';
import { GatewayStand } from '../support/gateway-stand';
import { gatewayToml, GovernedSession, toolCall } from '../support/governed-session';
import { converse, dial, hangUpAfter, untilSaid } from '../support/raw-http';
import { refusalIn } from '../support/refusals';
import { eventually, within } from '../support/waiting';

const ROUNDS = 20;
const WAIT_MS = 10_000;
const BRIEF_DRAIN = { env: { ARBITER_DRAIN_SECONDS: '1' } };
const CONNECT = 'CONNECT x:1 HTTP/1.1\r\nhost: x:1\r\n\r\n';
const call = toolCall();

const stands: GatewayStand[] = [];
const processes: ArbiterProcess[] = [];
const sockets: Socket[] = [];

const startStand = async (options?: Parameters<typeof GatewayStand.start>[0]) => {
  const stand = await GatewayStand.start(options);
  stands.push(stand);
  return stand;
};

const start = async (options: Parameters<typeof ArbiterProcess.start>[0]) => {
  const arbiter = await ArbiterProcess.start(options);
  processes.push(arbiter);
  return arbiter;
};

/** Never says that it is done: only the server can end this connection. */
const dialHalfOpen = async (url: string): Promise<Socket> => {
  const socket = await dial(url);
  sockets.push(socket);
  return socket;
};

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await Promise.all(processes.splice(0).map((arbiter) => arbiter.dispose()));
  await Promise.all(stands.splice(0).map((stand) => stand.stop()));
});

const headOf = ({ agentId, sessionId }: GovernedSession, ...more: readonly string[]): string =>
  [
    'POST /mcp HTTP/1.1',
    'host: x',
    `x-agent-id: ${agentId}`,
    `x-arbiter-session: ${sessionId}`,
    ...more,
    '\r\n',
  ].join('\r\n');

const callOf = (session: GovernedSession): string => {
  const body = JSON.stringify(call);
  return `${headOf(session, `content-length: ${body.length}`)}${body}`;
};

const outcomesOf = async (arbiter: ArbiterProcess, { sessionId }: GovernedSession) => {
  const filter = { stream: `session/${sessionId}`, type: 'session.call-completed' };
  return (await eventsOf(arbiter, filter)).map(({ data }) => data);
};

const callsIn = (line: string): number => (JSON.parse(line) as { readonly calls: number }).calls;

describe('the end of a tunnel that is refused', () => {
  it('is on record, and no reset brings the server down', async () => {
    const { arbiter, url } = await startStand();
    for (let round = 0; round < ROUNDS; round += 1) {
      const socket = await dial(url);
      const said = untilSaid(socket, /405/).catch(() => 'reset');
      await new Promise((resolve) => socket.write(CONNECT, resolve));
      // Half of them before the answer, half of them after it.
      if (round % 2 === 1) await said;
      socket.resetAndDestroy();
    }

    expect(await converse(url, CONNECT)).toMatch(/^HTTP\/1\.1 405 /);
    expect((await fetch(`${url}/health`)).status).toBe(200);
    const tunnels = (await eventsOf(arbiter, { type: 'call.refused' })).map(({ data }) => data);
    expect(tunnels.length).toBeGreaterThan(ROUNDS / 2);
    for (const data of tunnels) expect(data).toMatchObject({ httpMethod: 'CONNECT', status: 405 });
    expect(arbiter.lines.filter((line) => /"level":"(error|fatal)"/.test(line))).toEqual([]);
  });

  it('does not wait for the client at a shutdown', async () => {
    const { arbiter, url } = await startStand(BRIEF_DRAIN);
    const answered = await dialHalfOpen(url);
    const said = untilSaid(answered, /405/);
    answered.write(CONNECT);
    await said;
    const justSent = await dialHalfOpen(url);
    await new Promise((resolve) => justSent.write(CONNECT, resolve));

    arbiter.child.kill('SIGTERM');

    expect(await within(WAIT_MS, arbiter.exited(), 'the tunnels keep it alive')).toBe(0);
  });
});

it.each([
  ['garbage', 'GARBAGE\r\n\r\n', /^HTTP\/1\.1 400 /],
  ['a tunnel', CONNECT, /^HTTP\/1\.1 405 /],
])('a connection ends after %s, whatever the client does', async (_case, bytes, answer) => {
  const { url } = await startStand({ proxy: ['max_connections = 1'] });
  const socket = await dialHalfOpen(url);
  const ended = new Promise((resolve) => socket.once('end', resolve));
  const said = untilSaid(socket, answer);

  socket.write(bytes);

  expect(await said).toMatch(answer);
  await within(WAIT_MS, ended, 'the server did not end the connection');
  // There is room for one connection, so another one is served when this one is gone.
  const health = await eventually('the server lets go of the connection', () =>
    fetch(`${url}/health`).catch(() => undefined),
  );
  expect(health.status).toBe(200);
});

describe('the outcome of a call', () => {
  it('is aborted-by-client when the client hangs up before it is decided', async () => {
    const { arbiter, upstream, url } = await startStand();
    const session = await GovernedSession.open(arbiter);
    const open = new Set<ServerResponse>();
    upstream.behave((_received, response) => {
      open.add(response);
      response.once('close', () => open.delete(response));
    });

    for (let round = 0; round < ROUNDS; round += 1) await hangUpAfter(url, callOf(session));

    const stream = `session/${session.sessionId}`;
    const outcomes = await eventually('every call is completed', async () => {
      const types = (await eventsOf(arbiter, { stream })).map(({ type }) => type);
      const decided = types.filter((type) => type === 'session.tool-call-authorized').length;
      const completed = await outcomesOf(arbiter, session);
      return decided > 0 && completed.length === decided ? completed : undefined;
    });
    expect(new Set(outcomes.map(({ outcome }) => outcome))).toEqual(new Set(['aborted-by-client']));
    await eventually('the upstream is let go', () => (open.size === 0 ? true : undefined));
  });

  it('is interrupted when a shutdown cuts it, by the word of who cut it', async () => {
    const { arbiter, upstream, toml } = await startStand(BRIEF_DRAIN);
    const session = await GovernedSession.open(arbiter);
    upstream.behave(silent);
    const arrival = upstream.next();
    const answer = session.post(call).catch(() => undefined);
    await arrival;

    expect(await arbiter.stop()).toBe(0);
    await answer;

    const next = await start({ toml, home: arbiter.home });
    // What the next process closes by itself has no size.
    expect(await outcomesOf(next, session)).toEqual([
      expect.objectContaining({
        outcome: 'interrupted',
        requestBytes: JSON.stringify(call).length,
      }),
    ]);
    expect(next.lines.join('\n')).not.toContain('calls_interrupted');
  });

  it('is aborted-by-upstream when the upstream has read it and goes away', async () => {
    const { arbiter, upstream } = await startStand();
    const session = await GovernedSession.open(arbiter);
    upstream.behave((_received, response) => response.socket?.destroy());

    expect(refusalIn(await session.post(call))).toMatchObject({ status: 502 });

    const stream = `session/${session.sessionId}`;
    const { data } = await eventFollowing(arbiter, { stream, type: 'session.call-completed' });
    expect(data).toMatchObject({ outcome: 'aborted-by-upstream', upstreamStatus: null });
    expect(upstream.received).toHaveLength(1);
  });

  it('is unreachable when nobody listens', async () => {
    // Nothing listens on the port of a server that is gone.
    const { upstream } = await startStand();
    await upstream.close();
    const arbiter = await start({ toml: gatewayToml({ upstreamUrl: upstream.url }) });
    const session = await GovernedSession.open(arbiter);

    expect(refusalIn(await session.post(call))).toMatchObject({ status: 502 });

    const stream = `session/${session.sessionId}`;
    const { data } = await eventFollowing(arbiter, { stream, type: 'session.call-completed' });
    expect(data['outcome']).toBe('unreachable');
  });
});

it('a call whose session was erased under it keeps no process from starting', async () => {
  const { arbiter, upstream, toml } = await startStand();
  const session = await GovernedSession.open(arbiter);
  upstream.behave(silent);
  const arrival = upstream.next();
  const answer = session.post(call).catch(() => undefined);
  await arrival;
  const stream = `session/${session.sessionId}`;
  const [opened] = await eventsOf(arbiter, { stream, type: 'session.opened' });

  const { status } = await arbiter.admin('POST', `/events/${String(opened?.position)}/erase`, {
    reason: 'asked for',
  });
  await arbiter.kill();
  await answer;
  const next = await start({ toml, home: arbiter.home });

  expect([200, 409]).toContain(status);
  // It was one call: nothing that cannot be closed is tried over and over.
  const swept = next.lines.filter((line) => line.includes('calls_interrupted')).map(callsIn);
  expect(swept.filter((calls) => calls > 1)).toEqual([]);
  upstream.reset();
  const other = await GovernedSession.open(next);
  expect((await other.post(call)).status).toBe(200);
});

it('a refusal during a shutdown says that the connection ends', async () => {
  const { arbiter, url } = await startStand();
  const session = await GovernedSession.open(arbiter);
  const socket = await dialHalfOpen(url);
  const asked = untilSaid(socket, /100 Continue/);
  socket.write(headOf(session, 'content-length: 5', 'expect: 100-continue'));
  await asked;
  arbiter.child.kill('SIGTERM');
  await arbiter.logged('draining');
  const answered = untilSaid(socket, /NON_MCP_REJECTED/);

  socket.write('hello');

  expect(await answered).toMatch(/^HTTP\/1\.1 403 [^]*\r\nconnection: close\r\n/i);
  expect(await within(WAIT_MS, arbiter.exited(), 'it waits')).toBe(0);
});
