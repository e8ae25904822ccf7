import { Decisions, MemorySnapshots, type EventContext, type EventStore } from '@arbiter/audit';
import {
  agentDecider,
  AgentRegistered,
  tooManySessions,
  type AgentId,
  type Instant,
  type SessionId,
} from '@arbiter/domain';
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

describe.each(storeAdapters)('Decisions on an event store: %s', (_name, open) => {
  let opened: OpenedStore;
  let store: EventStore;

  beforeEach(async () => {
    opened = await open();
    ({ store } = opened);
  });
  afterEach(() => opened.close());

  const admit = (n: number) =>
    ({ type: 'AdmitSession', agentId, sessionId: session(n), concurrentMax: 5, at }) as const;
  const register = { type: 'RegisterAgent', agentId, profile, firstToken: null, at } as const;

  it('spends a limit exactly once under concurrency', async () => {
    const decisions = new Decisions(store, new MemorySnapshots());
    await decisions.run(agentDecider, 'agent/1', register, context);
    const outcomes = await Promise.allSettled(
      Array.from({ length: 10 }, (_, n) =>
        decisions.run(agentDecider, 'agent/1', admit(n), context),
      ),
    );
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(5);
    expect(outcomes.filter(({ status }) => status === 'rejected')).toEqual(
      Array.from({ length: 5 }, () => ({
        status: 'rejected',
        reason: expect.objectContaining({ code: tooManySessions.code }),
      })),
    );
    expect(await store.load('agent/1')).toHaveLength(6);
  });

  it('judges anew what another writer got in front of', async () => {
    const one = new Decisions(store, new MemorySnapshots());
    const other = new Decisions(store, new MemorySnapshots());
    await one.run(agentDecider, 'agent/1', register, context);
    for (let n = 0; n < 5; n += 1)
      await [one, other][n % 2]?.run(agentDecider, 'agent/1', admit(n), context);
    await expect(one.run(agentDecider, 'agent/1', admit(9), context)).rejects.toMatchObject({
      code: tooManySessions.code,
    });
  });

  it('folds a long stream from a snapshot, with the same outcome', async () => {
    const snapshots = new MemorySnapshots();
    const decisions = new Decisions(store, snapshots);
    await decisions.run(agentDecider, 'agent/1', register, context);
    for (let n = 0; n < 300; n += 1) {
      await decisions.run(agentDecider, 'agent/1', admit(n), context);
      const release = { ...admit(n), type: 'ReleaseSession' } as const;
      await decisions.run(agentDecider, 'agent/1', release, context);
    }
    const snapshot = await snapshots.load('agent/1');
    expect(snapshot?.version).toBeGreaterThanOrEqual(500);
    const fresh = new Decisions(store, snapshots);
    const unaided = new Decisions(store, new MemorySnapshots());
    expect(await fresh.stateOf(agentDecider, 'agent/1')).toEqual(
      await unaided.stateOf(agentDecider, 'agent/1'),
    );
  });

  it('ignores a snapshot of another history', async () => {
    const snapshots = new MemorySnapshots();
    await store.append('agent/1', 0, [AgentRegistered.of({ agentId, ...profile }, at)], context);
    await snapshots.save('agent/1', {
      version: 1,
      hash: 'f'.repeat(64),
      revision: agentDecider.revision,
      state: { status: 'absent' },
    });
    const decisions = new Decisions(store, snapshots);
    expect(await decisions.stateOf(agentDecider, 'agent/1')).toMatchObject({ status: 'active' });
  });
});
