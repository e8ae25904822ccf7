import { Pool } from 'undici';
import { ArbiterProcess } from '../support/arbiter-process';
import { EchoUpstream } from '../support/echo-upstream';
import { eventsOf } from '../support/event-log';
import { gatewayToml, GovernedSession, send, toolCall } from '../support/governed-session';

const CALLS = 200;
const BUDGET = 100;

const inTurn = (from: number, to: number): readonly number[] =>
  Array.from({ length: to - from }, (_, index) => from + index);

/** 200 calls at once on a session that may make 100 (acceptance 3). */
describe('a budget under concurrency', () => {
  let upstream: EchoUpstream;
  let toml: string;
  let arbiter: ArbiterProcess;
  let session: GovernedSession;
  let clients: Pool;
  let statuses: readonly number[];
  let remaining: readonly number[];

  beforeAll(async () => {
    upstream = await EchoUpstream.start();
    toml = gatewayToml({ upstreamUrl: upstream.url });
    arbiter = await ArbiterProcess.start({ toml });
    session = await GovernedSession.open(arbiter, { session: { call_budget: BUDGET } });
    clients = new Pool(arbiter.dataUrl, { connections: CALLS });
    const answers = await Promise.all(
      inTurn(0, CALLS).map((id) =>
        send(session.endpoint, {
          headers: session.ids,
          body: toolCall('echo', {}, id),
          dispatcher: clients,
        }),
      ),
    );
    statuses = answers.map(({ status }) => status);
    remaining = answers
      .filter(({ status }) => status === 200)
      .map(({ headers }) => Number(headers['x-arbiter-calls-remaining']));
  });

  afterAll(async () => {
    await clients.destroy();
    await arbiter.dispose();
    await upstream.close();
  });

  const restarted = async (): Promise<ArbiterProcess> => {
    arbiter = await ArbiterProcess.start({ toml, home: arbiter.home });
    return arbiter;
  };

  const usedUp = { calls_made: BUDGET, calls_remaining: 0, status: 'active' };
  const state = async () => (await arbiter.admin('GET', `/sessions/${session.sessionId}`)).body;
  const authorizations = () => eventsOf(arbiter, { type: 'session.tool-call-authorized' });

  it('answers 100 calls, and 429 to the others', () => {
    expect(statuses.filter((status) => status === 200)).toHaveLength(BUDGET);
    expect(statuses.filter((status) => status === 429)).toHaveLength(CALLS - BUDGET);
  });

  it('forwards exactly the 100, each of them once', () => {
    const ids = upstream.received.map(({ body }) => (JSON.parse(body) as { id: number }).id);

    expect(ids).toHaveLength(BUDGET);
    expect(new Set(ids).size).toBe(BUDGET);
    ids.forEach((id) => {
      expect(statuses[id]).toBe(200);
    });
  });

  it('tells every call what was left after it, and no two the same', () => {
    expect([...remaining].sort((a, b) => a - b)).toEqual(inTurn(0, BUDGET));
  });

  it('has exactly 100 authorizations on the log, in order, and 100 refusals', async () => {
    const authorized = await authorizations();
    const refused = await eventsOf(arbiter, { type: 'session.call-refused' });

    expect(authorized.map(({ data }) => data['callsMade'])).toEqual(inTurn(1, BUDGET + 1));
    expect(refused).toHaveLength(CALLS - BUDGET);
    expect(await state()).toMatchObject(usedUp);
  });

  it('is as used up after a restart', async () => {
    expect(await arbiter.stop()).toBe(0);
    await restarted();

    expect(await state()).toMatchObject(usedUp);
    expect(await authorizations()).toHaveLength(BUDGET);
    const late = await send(`${arbiter.dataUrl}/mcp`, { headers: session.ids, body: toolCall() });
    expect(late.status).toBe(429);
  });

  it('is as used up after a power cut', async () => {
    await arbiter.kill();
    await restarted();

    expect(await state()).toMatchObject(usedUp);
    const late = await send(`${arbiter.dataUrl}/mcp`, { headers: session.ids, body: toolCall() });
    expect(late.status).toBe(429);
    expect(upstream.received).toHaveLength(BUDGET);
  });
});

describe('batches under concurrency', () => {
  it('never charge more than the budget, and never a part of a batch', async () => {
    const upstream = await EchoUpstream.start();
    const arbiter = await ArbiterProcess.start({
      toml: gatewayToml({ upstreamUrl: upstream.url }),
    });
    try {
      const session = await GovernedSession.open(arbiter, { session: { call_budget: 50 } });
      const batch = inTurn(0, 7).map((id) => toolCall('echo', {}, id));

      const answers = await Promise.all(inTurn(0, 20).map(() => session.post(batch)));

      expect(answers.filter(({ status }) => status === 200)).toHaveLength(7);
      expect(answers.filter(({ status }) => status === 429)).toHaveLength(13);
      expect(upstream.received).toHaveLength(7);
      expect(await session.state()).toMatchObject({ calls_made: 49 });
      expect((await session.call()).status).toBe(200);
      expect((await session.call()).status).toBe(429);
    } finally {
      await arbiter.dispose();
      await upstream.close();
    }
  });
});
