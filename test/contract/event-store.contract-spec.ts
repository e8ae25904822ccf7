import { ChainVerifier, follow, type EventContext, type EventStore } from '@arbiter/audit';
import {
  AgentRegistered,
  AgentSessionAdmitted,
  staleStream,
  type AgentId,
  type Instant,
  type SessionId,
  type TenantId,
} from '@arbiter/domain';
import fc from 'fast-check';
import { storeAdapters, type OpenedStore } from '../support/event-stores';

const at = '2026-01-01T10:00:00.000Z' as Instant;
const agentId = '00000000-0000-4000-8000-00000000000a' as AgentId;
const session = (n: number) =>
  `00000000-0000-4000-8000-${String(n).padStart(12, '0')}` as SessionId;
const context: EventContext = { actor: { kind: 'admin', id: 'test' }, correlation: 'c' };
const profile = {
  owner: 'team',
  model: 'm',
  capabilities: [],
  trustLevel: 'basic',
  expiresAt: null,
} as const;
const event = AgentSessionAdmitted.of({ agentId, sessionId: session(1) }, at);

const problemOf = async (store: EventStore) => {
  const verifier = new ChainVerifier();
  const log = await store.readAfter(0, 100_000);
  for (const recorded of log) verifier.accept(recorded);
  return verifier.finish(log.at(-1)?.link ?? { position: 0, hash: '0'.repeat(64) }).finding;
};

describe.each(storeAdapters)('EventStore contract: %s', (_name, open) => {
  let opened: OpenedStore;
  let store: EventStore;

  beforeEach(async () => {
    opened = await open();
    ({ store } = opened);
  });
  afterEach(() => opened.close());

  it('refuses an append when the stream has moved on', async () => {
    await store.append('agent/1', 0, [event], context);
    await expect(store.append('agent/1', 0, [event], context)).rejects.toMatchObject({
      code: staleStream.code,
    });
  });

  it('lets exactly one of many racing appends through', async () => {
    const races = Array.from({ length: 20 }, () => store.append('agent/1', 0, [event], context));
    const outcomes = await Promise.allSettled(races);
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(await store.load('agent/1')).toHaveLength(1);
  });

  it('does not let one refused append undo those beside it', async () => {
    const outcomes = await Promise.allSettled([
      store.append('agent/1', 0, [event], context),
      store.append('agent/2', 7, [event], context),
      store.append('agent/1', 1, [event], context),
    ]);
    expect(outcomes).toMatchObject([
      { status: 'fulfilled', value: { version: 1, position: 1 } },
      { status: 'rejected', reason: { code: staleStream.code } },
      { status: 'fulfilled', value: { version: 2, position: 2 } },
    ]);
    expect(await store.readAfter(0, 10)).toHaveLength(2);
  });

  it('appends all of a batch or none of it', async () => {
    const malformed = AgentSessionAdmitted.of({ agentId, sessionId: 'no' as SessionId }, at);
    await expect(store.append('agent/1', 0, [event, malformed], context)).rejects.toMatchObject({
      code: 'event.malformed',
    });
    await store.append('agent/2', 0, [event], context);
    expect(await store.readAfter(0, 10)).toMatchObject([
      { link: { position: 1, stream: 'agent/2' } },
    ]);
  });

  it('links the log without gaps across streams', async () => {
    await Promise.all(
      Array.from({ length: 10 }, (_, n) => store.append(`agent/${n}`, 0, [event, event], context)),
    );
    const log = await store.readAfter(0, 100);
    expect(log.map(({ link }) => link.position)).toEqual(
      Array.from({ length: 20 }, (_, n) => n + 1),
    );
    expect(await problemOf(store)).toBeUndefined();
  });

  it('gives back the whole envelope', async () => {
    const whole = { ...context, tenant: 'tenant-1' as TenantId, causation: 'cause' };
    await store.append('agent/1', 0, [event], whole);
    const [{ link, event: read } = {}] = await store.load('agent/1');
    expect(link).toEqual({
      ...whole,
      position: 1,
      stream: 'agent/1',
      version: 1,
      id: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-7/),
      type: 'agent.session-admitted',
      schema: 1,
      at,
      dataDigest: expect.stringMatching(/^[0-9a-f]{64}$/),
      prev: '0'.repeat(64),
      hash: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    expect(read).toEqual(event);
  });

  it('gives back any text that can be recorded', async () => {
    let version = 0;
    const anyText = fc.string({ unit: 'binary' });
    await fc.assert(
      fc.asyncProperty(anyText, anyText, async (owner, correlation) => {
        const registered = AgentRegistered.of({ agentId, ...profile, owner }, at);
        await store.append('agent/1', version, [registered], { ...context, correlation });
        version += 1;
        const reopened = (await store.load('agent/1', version - 1)).at(-1);
        expect(reopened).toMatchObject({ link: { correlation }, event: { data: { owner } } });
      }),
    );
    expect(await problemOf(store)).toBeUndefined();
  });

  it('goes on where it ended when it is opened again', async () => {
    await store.append('agent/1', 0, [event, event], context);
    const reopened = await opened.reopen();
    expect(reopened.position).toBe(2);
    await expect(reopened.append('agent/1', 1, [event], context)).rejects.toMatchObject({
      code: staleStream.code,
    });
    await reopened.append('agent/1', 2, [event], context);
    expect(await problemOf(reopened)).toBeUndefined();
  });

  it('filters by stream and by type', async () => {
    const registered = AgentRegistered.of({ agentId, ...profile }, at);
    await store.append('agent/1', 0, [registered, event], context);
    await store.append('agent/2', 0, [event], context);
    const positions = async (filter: object) =>
      (await store.readAfter(0, 10, filter)).map(({ link }) => link.position);
    expect(await positions({ stream: 'agent/1' })).toEqual([1, 2]);
    expect(await positions({ type: 'agent.session-admitted' })).toEqual([2, 3]);
    expect(await positions({ stream: 'agent/1', type: 'agent.session-admitted' })).toEqual([2]);
    expect(await positions({ stream: 'agent/9' })).toEqual([]);
  });

  it('refuses appends once it is closed, and answers those under way', async () => {
    const under = store.append('agent/1', 0, [event], context);
    const closing = opened.close();
    await expect(store.append('agent/1', 1, [event], context)).rejects.toMatchObject({
      code: 'store.unavailable',
    });
    await expect(under).resolves.toMatchObject({ position: 1 });
    await closing;
    opened = await open();
  });

  describe('subscriptions', () => {
    it('give everything once, in order, first what was there and then what comes', async () => {
      const abort = new AbortController();
      for (let version = 0; version < 25; version += 1)
        await store.append('agent/1', version, [event], context);
      const seen: number[] = [];
      const following = (async () => {
        for await (const batch of follow(store, 5, { batchMax: 7, signal: abort.signal })) {
          seen.push(...batch.map(({ link }) => link.position));
          if (seen.length === 30) abort.abort();
        }
      })();
      for (let version = 25; version < 35; version += 1)
        await store.append('agent/1', version, [event], context);
      await following;
      expect(seen).toEqual(Array.from({ length: 30 }, (_, n) => n + 6));
    });

    it('end while they wait', async () => {
      const abort = new AbortController();
      const waiting = follow(store, 0, { batchMax: 7, signal: abort.signal }).next();
      abort.abort();
      expect(await waiting).toEqual({ done: true, value: undefined });
    });
  });

  describe('erasure', () => {
    beforeEach(() => store.append('agent/1', 0, [event, event, event], context));

    it('deletes the payload, keeps the proof and says so', async () => {
      await store.erase([2], 'asked by the person', { ...context, at });
      const log = await store.readAfter(0, 10);
      expect(log.map(({ event: read }) => read?.type)).toEqual([
        'agent.session-admitted',
        undefined,
        'agent.session-admitted',
        'log.payloads-erased',
      ]);
      expect(await problemOf(store)).toBeUndefined();
    });

    it('refuses positions that do not exist and the records of erasures', async () => {
      const erase = (position: number) => store.erase([position], 'x', { ...context, at });
      await expect(erase(9)).rejects.toMatchObject({ code: 'log.position-unknown' });
      await erase(1);
      await expect(erase(4)).rejects.toMatchObject({ code: 'log.erasure-is-evidence' });
    });
  });
});
