import { readdirSync, statSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { ArbiterProcess } from '../support/arbiter-process';
import { answerJson, silent } from '../support/echo-upstream';
import { eventsOf } from '../support/event-log';
import { GatewayStand } from '../support/gateway-stand';
import { GovernedSession, toolCall } from '../support/governed-session';
import { refusalIn } from '../support/refusals';
import { dial, untilSaid } from '../support/raw-http';
import { eventually, within } from '../support/waiting';

const WAIT_MS = 10_000;
const call = toolCall();
const processes: ArbiterProcess[] = [];
const stands: GatewayStand[] = [];

const start = async (options?: Parameters<typeof ArbiterProcess.start>[0]) => {
  const arbiter = await ArbiterProcess.start(options);
  processes.push(arbiter);
  return arbiter;
};

const startStand = async (options?: Parameters<typeof GatewayStand.start>[0]) => {
  const stand = await GatewayStand.start(options);
  stands.push(stand);
  return stand;
};

afterEach(async () => {
  await Promise.all(stands.splice(0).map((stand) => stand.stop()));
  await Promise.all(processes.splice(0).map((arbiter) => arbiter.dispose()));
});

/** Whether somebody accepts connections there. */
const isOpen = (url: string): Promise<boolean> =>
  new Promise((resolve) => {
    const { hostname, port } = new URL(url);
    const socket = connect(Number(port), hostname, () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => {
      resolve(false);
    });
  });

const refusesConnections = (url: string) =>
  eventually('new connections are refused', async () => ((await isOpen(url)) ? undefined : true));

describe('a shutdown', () => {
  it.each(['SIGTERM', 'SIGINT'] as const)('by %s lets a call finish', async (signal) => {
    const stand = await startStand();
    const session = await stand.openSession();
    stand.upstream.behave(silent);
    const arrival = stand.upstream.next();
    const answer = session.post(call);
    const response = await arrival;

    stand.arbiter.child.kill(signal);
    await stand.arbiter.logged('draining');
    await refusesConnections(stand.url);
    expect(await session.state()).toMatchObject({ calls_made: 1 });
    answerJson(response, { jsonrpc: '2.0', id: 1, result: {} });

    const { status, headers, json } = await answer;
    expect({ status, json }).toEqual({ status: 200, json: { jsonrpc: '2.0', id: 1, result: {} } });
    expect(headers['connection']).toBe('close');
    expect(await stand.arbiter.exited()).toBe(0);
    expect(await isOpen(stand.arbiter.controlUrl)).toBe(false);

    const next = await start({ toml: stand.toml, home: stand.arbiter.home });
    const stream = `session/${session.sessionId}`;
    const completed = await eventsOf(next, { stream, type: 'session.call-completed' });
    expect(completed.map(({ data }) => data['outcome'])).toEqual(['answered']);
  });

  it('is clean from the moment that it says it listens', async () => {
    const arbiter = await start();

    expect(await arbiter.stop()).toBe(0);
  });

  it('does not wait for connections that say nothing', async () => {
    const stand = await startStand();
    const silentOne = await dial(stand.url);
    const idle = await dial(stand.url);
    const answered = untilSaid(idle, /healthy/);
    idle.write('GET /health HTTP/1.1\r\nhost: x\r\n\r\n');
    await answered;
    const ended = new Promise((resolve) => idle.once('end', resolve));
    idle.resume();

    stand.arbiter.child.kill('SIGTERM');

    await within(WAIT_MS, ended, 'the idle connection was kept');
    expect(await within(WAIT_MS, stand.arbiter.exited(), 'it waits')).toBe(0);
    idle.destroy();
    silentOne.destroy();
  });

  it('cuts off what takes longer than it may, and records that', async () => {
    const stand = await startStand({ env: { ARBITER_DRAIN_SECONDS: '1' } });
    const session = await stand.openSession();
    stand.upstream.behave(silent);
    const arrival = stand.upstream.next();
    const answer = session.post(call);
    await arrival;

    expect(await stand.arbiter.stop()).toBe(0);
    expect(refusalIn(await answer)).toMatchObject({ status: 502, code: 'UPSTREAM_ERROR' });

    const next = await start({ toml: stand.toml, home: stand.arbiter.home });
    const events = await eventsOf(next, { stream: `session/${session.sessionId}` });
    expect(events.map(({ type }) => type)).toEqual([
      'session.opened',
      'session.tool-call-authorized',
      'session.call-completed',
    ]);
    expect(events[2]?.data['outcome']).toBe('interrupted');
  });

  it('ends at once on a second signal', async () => {
    const stand = await startStand();
    const session = await stand.openSession();
    stand.upstream.behave(silent);
    const arrival = stand.upstream.next();
    const answer = session.post(call).catch(() => 'cut off');
    await arrival;

    stand.arbiter.child.kill('SIGTERM');
    await stand.arbiter.logged('draining');
    stand.arbiter.child.kill('SIGTERM');

    expect(await within(WAIT_MS, stand.arbiter.exited(), 'it goes on')).toBeNull();
    expect(await answer).toBe('cut off');
  });

  it('does not make a call whose answer it could not deliver any more', async () => {
    const stand = await startStand();
    const session = await stand.openSession();
    stand.upstream.behave(silent);
    const arrival = stand.upstream.next();
    const body = JSON.stringify(call);
    const { 'x-agent-id': agent, 'x-arbiter-session': id } = session.ids;
    const text =
      `POST /mcp HTTP/1.1\r\nhost: x\r\nx-agent-id: ${agent}\r\nx-arbiter-session: ${id}\r\n` +
      `content-length: ${body.length}\r\n\r\n${body}`;
    const socket = await dial(stand.url);
    socket.write(text);
    const response = await arrival;

    stand.arbiter.child.kill('SIGTERM');
    await stand.arbiter.logged('draining');
    await new Promise((resolve) => socket.write(text, resolve));
    const answered = untilSaid(socket, /"result"/);
    answerJson(response, { jsonrpc: '2.0', id: 1, result: {} });

    expect(await answered).toMatch(/^HTTP\/1\.1 200 [^]*connection: close/i);
    expect(await stand.arbiter.exited()).toBe(0);
    expect(stand.upstream.received).toHaveLength(1);
    socket.destroy();
  });
});

describe('a first start with nothing configured (D1)', () => {
  it('works, and keeps what it made up to itself', async () => {
    const arbiter = await start({ toml: null });
    const state = join(arbiter.home, '.arbiter');

    expect((await fetch(`${arbiter.dataUrl}/health`)).status).toBe(200);
    expect((await arbiter.admin('GET', '/agents')).status).toBe(200);
    expect(statSync(state).mode & 0o777).toBe(0o700);
    for (const name of ['admin_api_key', 'signing_secret'])
      expect(statSync(join(state, name)).mode & 0o777).toBe(0o600);
    expect(readdirSync(arbiter.home)).toEqual(['.arbiter']);
    expect(arbiter.lines.join('\n')).toContain('admin_api_key');
    expect(arbiter.lines.join('\n')).not.toContain(arbiter.adminKey);
  });

  it('denies every call until there is a policy', async () => {
    const session = await GovernedSession.open(await start({ toml: null }));

    expect((await session.post(call)).status).toBe(403);
  });

  it('goes on with the same secrets and the same log', async () => {
    const first = await start({ toml: null });
    const key = first.adminKey;
    const session = await GovernedSession.open(first);
    expect(await first.stop()).toBe(0);

    const second = await start({ toml: null, home: first.home });

    expect(second.adminKey).toBe(key);
    expect(second.lines.join('\n')).not.toContain('created');
    const { body } = await second.admin('GET', `/sessions/${session.sessionId}`);
    expect(body).toMatchObject({ status: 'active', calls_made: 0 });
    const ping = { jsonrpc: '2.0', id: 1, method: 'ping' };
    const answer = await fetch(`${second.dataUrl}/mcp`, {
      method: 'POST',
      headers: session.bearer,
      body: JSON.stringify(ping),
    });
    // The token of the first process is good for the second; only the upstream is missing.
    expect(answer.status).toBe(502);
  });
});

describe('storage.backend = "memory"', () => {
  it('says that it forgets, and does', async () => {
    const toml = '[storage]\nbackend = "memory"';
    const first = await start({ toml });
    await GovernedSession.open(first);
    expect(first.lines.join('\n')).toMatch(/memory.*forgotten/);
    expect(await first.stop()).toBe(0);

    const second = await start({ toml, home: first.home });

    const types = (await eventsOf(second)).map(({ type }) => type);
    expect(types).toEqual(['policy-set.activated']);
  });
});
