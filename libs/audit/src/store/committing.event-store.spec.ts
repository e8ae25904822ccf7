import {
  AgentRegistered,
  AgentSessionAdmitted,
  type AgentId,
  type Instant,
  type SessionId,
} from '@arbiter/domain';
import type { EventContext, StoredEvent } from '../chain/envelope';
import { follow } from '../feed/follow';
import { CommittingEventStore } from './committing.event-store';
import { MemoryLogStorage } from './memory/memory.log-storage';

const at = '2026-01-01T10:00:00.000Z' as Instant;
const agentId = '00000000-0000-4000-8000-00000000000a' as AgentId;
const sessionId = '00000000-0000-4000-8000-00000000000b' as SessionId;
const context: EventContext = { actor: { kind: 'admin', id: 'test' }, correlation: 'c' };
const event = AgentSessionAdmitted.of({ agentId, sessionId }, at);
const registered = (owner: string) =>
  AgentRegistered.of(
    { agentId, owner, model: 'm', capabilities: [], trustLevel: 'basic', expiresAt: null },
    at,
  );

const TIMEOUT_MS = 1_000;
const PROBE_MS = 500;
const unavailable = { code: 'store.unavailable' };

/** What goes wrong with one write: nothing is written, all is written, or it takes its time. */
type Fault = 'refused' | 'written all the same' | Promise<void>;

class FaultyStorage extends MemoryLogStorage {
  readonly faults: Fault[] = [];
  readonly groups: number[] = [];
  probes = { running: 0, mostAtOnce: 0 };
  probing: () => Promise<void> = () => Promise.resolve();

  override async write(events: readonly StoredEvent[], erased: readonly number[]): Promise<void> {
    const fault = this.faults.shift();
    this.groups.push(events.length);
    if (fault === 'refused') throw Object.assign(new Error('full'), { code: 'SQLITE_FULL' });
    if (typeof fault === 'object') await fault;
    await super.write(events, erased);
    if (fault === 'written all the same') throw new Error('the answer was lost');
  }

  override async probe(): Promise<void> {
    this.probes.running += 1;
    this.probes.mostAtOnce = Math.max(this.probes.mostAtOnce, this.probes.running);
    try {
      await this.probing();
    } finally {
      this.probes.running -= 1;
    }
  }
}

const held = () => {
  let release: () => void = () => undefined;
  const until = new Promise<void>((resolve) => {
    release = resolve;
  });
  return { until, release };
};

describe('CommittingEventStore', () => {
  let storage: FaultyStorage;
  let store: CommittingEventStore;

  const append = (stream: `${string}/${string}`, version: number) =>
    store.append(stream, version, [event], context);
  const positions = async () => (await storage.readAfter(0, 100, {})).map((e) => e.link.position);

  beforeEach(async () => {
    jest.useFakeTimers({ doNotFake: ['setImmediate', 'queueMicrotask', 'nextTick'] });
    storage = new FaultyStorage();
    store = await CommittingEventStore.open(storage, TIMEOUT_MS);
  });
  afterEach(async () => {
    await store.close();
    jest.useRealTimers();
  });

  it('tells every caller of a commit that failed, and recovers by the next append', async () => {
    storage.faults.push('refused', 'refused');
    for (let attempt = 0; attempt < 2; attempt += 1) {
      const group = [append('agent/1', 0), append('agent/1', 1), append('agent/2', 0)];
      for (const { reason } of (await Promise.allSettled(group)) as PromiseRejectedResult[])
        expect(reason).toMatchObject({ ...unavailable, details: { reason: 'SQLITE_FULL' } });
      expect(store.health).toBe('failing');
    }
    expect(await positions()).toEqual([]);
    await expect(append('agent/1', 0)).resolves.toEqual({ version: 1, position: 1 });
    expect(store.health).toBe('writable');
  });

  it('finds out by itself that it can write again', async () => {
    storage.probing = () => Promise.reject(new Error('full'));
    storage.faults.push('refused');
    await expect(append('agent/1', 0)).rejects.toMatchObject(unavailable);
    await jest.advanceTimersByTimeAsync(PROBE_MS * 3);
    expect(store.health).toBe('failing');
    storage.probing = () => Promise.resolve();
    await jest.advanceTimersByTimeAsync(PROBE_MS);
    expect(store.health).toBe('writable');
  });

  it('probes one at a time, however long a probe takes', async () => {
    const probe = held();
    storage.probing = () => probe.until;
    storage.faults.push('refused');
    await expect(append('agent/1', 0)).rejects.toMatchObject(unavailable);
    await jest.advanceTimersByTimeAsync(PROBE_MS * 10);
    expect(storage.probes.mostAtOnce).toBe(1);
    probe.release();
  });

  it('does not take an append that wrote nothing for a sign of recovery', async () => {
    storage.faults.push('refused');
    await expect(append('agent/1', 0)).rejects.toMatchObject(unavailable);
    await expect(append('agent/1', 7)).rejects.toMatchObject({ code: 'stream.stale' });
    expect(store.health).toBe('failing');
  });

  it('counts what a failed commit left behind as part of the log, and shows it to followers', async () => {
    await append('agent/1', 0);
    const abort = new AbortController();
    const following = follow(store, 1, { batchMax: 10, signal: abort.signal });
    const next = following.next();
    storage.faults.push('written all the same');
    await expect(append('agent/1', 1)).rejects.toMatchObject(unavailable);
    await jest.advanceTimersByTimeAsync(PROBE_MS);
    expect(store.position).toBe(2);
    expect(await next).toMatchObject({ value: [{ link: { position: 2 } }] });
    await expect(append('agent/1', 1)).rejects.toMatchObject({ code: 'stream.stale' });
    await append('agent/1', 2);
    expect(await following.next()).toMatchObject({ value: [{ link: { position: 3 } }] });
    abort.abort();
  });

  it('gives up on a commit that hangs, refuses meanwhile, and goes on when it ended', async () => {
    const write = held();
    storage.faults.push(write.until);
    const outcomes = Promise.allSettled([append('agent/1', 0), append('agent/2', 0)]);
    await jest.advanceTimersByTimeAsync(TIMEOUT_MS);
    expect(await outcomes).toMatchObject([
      { status: 'rejected', reason: { details: { reason: 'timeout' } } },
      { status: 'rejected', reason: { details: { reason: 'timeout' } } },
    ]);
    expect(store.health).toBe('failing');
    await expect(append('agent/3', 0)).rejects.toMatchObject({ details: { reason: 'stuck' } });
    // What the stream holds is not known before the write has ended: nobody may decide on it.
    await expect(store.load('agent/1')).rejects.toMatchObject(unavailable);

    write.release();
    await jest.advanceTimersByTimeAsync(PROBE_MS);
    expect(store.health).toBe('writable');
    expect(store.position).toBe(2);
    await expect(append('agent/1', 1)).resolves.toEqual({ version: 2, position: 3 });
  });

  it('closes while a commit hangs', async () => {
    const write = held();
    storage.faults.push(write.until);
    const outcome = Promise.allSettled([append('agent/1', 0)]);
    const closed = store.close();
    await jest.advanceTimersByTimeAsync(TIMEOUT_MS);
    expect(await outcome).toMatchObject([{ reason: unavailable }]);
    await closed;
    write.release();
  });

  it('bounds how much waits', async () => {
    const appends = Array.from({ length: 20_001 }, (_, n) => append(`agent/${n}`, 0));
    const outcomes = await Promise.allSettled(appends);
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(20_000);
    expect(outcomes.at(-1)).toMatchObject({ reason: { details: { reason: 'overloaded' } } });
    expect(store.health).toBe('writable');
  });

  it('bounds how much one commit writes', async () => {
    const large = registered('x'.repeat(3_000_000));
    await Promise.all(
      Array.from({ length: 12 }, (_, n) => store.append(`agent/${n}`, 0, [large], context)),
    );
    expect(storage.groups).toEqual([5, 5, 2]);
  });

  it('refuses an envelope that has no canonical form, and nobody else with it', async () => {
    const outcomes = await Promise.allSettled([
      append('agent/1', 0),
      store.append('agent/2', 0, [event], { ...context, correlation: '\ud800' }),
      store.append('agent/\udfff', 0, [event], context),
      append('agent/3', 0),
    ]);
    expect(outcomes).toMatchObject([
      { status: 'fulfilled' },
      { reason: { code: 'event.malformed' } },
      { reason: { code: 'event.malformed' } },
      { status: 'fulfilled' },
    ]);
  });

  describe('erasure', () => {
    const erase = (...erased: readonly number[]) =>
      store.erase(erased, 'asked', { ...context, at });
    const readable = async () =>
      (await store.readAfter(0, 3)).flatMap((e) =>
        e.payload === undefined ? [] : e.link.position,
      );

    beforeEach(() => store.append('agent/1', 0, [event, event, event], context));

    it('lets any number of erasures race', async () => {
      const erasures = Array.from({ length: 12 }, (_, n) => erase((n % 3) + 1));
      await expect(Promise.all(erasures)).resolves.toHaveLength(12);
      expect(await readable()).toEqual([]);
    });

    it('reads nothing erased from a page that was read before', async () => {
      const reopened = await CommittingEventStore.open(storage);
      const payloads = async () =>
        (await reopened.readAfter(0, 3)).map((e) => e.payload !== undefined);
      expect(await payloads()).toEqual([true, true, true]);
      await reopened.erase([2], 'asked', { ...context, at });
      expect(await payloads()).toEqual([true, false, true]);
      await reopened.close();
    });

    it('reads nothing erased from memory, even if it never heard how the erasure ended', async () => {
      expect(await readable()).toEqual([1, 2, 3]);
      storage.faults.push('written all the same');
      await expect(erase(2)).rejects.toMatchObject(unavailable);
      expect(await readable()).toEqual([1, 3]);
    });
  });
});
