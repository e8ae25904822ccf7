import {
  agentDecider,
  tooManySessions,
  type AgentCommand,
  type AgentId,
  type Instant,
  type SessionId,
} from '@arbiter/domain';
import type { EventContext, StoredEvent, StreamId } from '../chain/envelope';
import { CommittingEventStore } from './committing.event-store';
import { Decisions } from './decisions';
import { MemoryLogStorage } from './memory/memory.log-storage';
import { MemorySnapshots } from './snapshots';

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
const register = { type: 'RegisterAgent', agentId, profile, firstToken: null, at } as const;
const admit = (n: number, concurrentMax: number) =>
  ({ type: 'AdmitSession', agentId, sessionId: session(n), concurrentMax, at }) as const;
const issueToken = {
  type: 'IssueAgentToken',
  agentId,
  tokenId: 't',
  sessionId: null,
  expiresAt: at,
  at,
} as const;

/** Lets a test happen between the steps of a read or a write. */
class SteppedStorage extends MemoryLogStorage {
  readonly beforeWrites: (() => Promise<void>)[] = [];
  readonly afterReads: (() => Promise<void>)[] = [];
  readonly beforeReads: (() => Promise<void>)[] = [];

  override async write(events: readonly StoredEvent[], erased: readonly number[]): Promise<void> {
    await this.beforeWrites.shift()?.();
    return super.write(events, erased);
  }

  override async readStream(stream: StreamId, after: number): Promise<readonly StoredEvent[]> {
    await this.beforeReads.shift()?.();
    const read = await super.readStream(stream, after);
    await this.afterReads.shift()?.();
    return read;
  }
}

const held = () => {
  let release: () => void = () => undefined;
  const until = new Promise<void>((resolve) => {
    release = resolve;
  });
  return { until: () => until, release };
};
const refuse = () => Promise.reject(new Error('full'));
/** Everything that can happen by itself has happened. */
const settled = async () => {
  for (let turn = 0; turn < 20; turn += 1) await new Promise(setImmediate);
};

describe('Decisions', () => {
  let storage: SteppedStorage;
  let store: CommittingEventStore;
  let snapshots: MemorySnapshots;
  let decisions: Decisions;

  const run = (command: AgentCommand) => decisions.run(agentDecider, 'agent/1', command, context);
  const sessionsOf = async (by: Decisions) => {
    const agent = await by.stateOf(agentDecider, 'agent/1');
    return agent.status === 'absent' ? [] : agent.sessionIds;
  };

  beforeEach(async () => {
    storage = new SteppedStorage();
    store = await CommittingEventStore.open(storage);
    snapshots = new MemorySnapshots();
    decisions = new Decisions(store, snapshots);
    await run(register);
  });
  afterEach(() => store.close());

  it('judges nothing on a stream that was let go of before its appends were answered', async () => {
    const write = held();
    storage.beforeWrites.push(write.until);
    const first = run(admit(1, 1));
    await settled();
    decisions.forget(['agent/1']);
    const later = Promise.allSettled([run(issueToken), run(admit(2, 1))]);
    await settled();
    write.release();
    await first;
    expect(await later).toMatchObject([
      { status: 'fulfilled' },
      { status: 'rejected', reason: { code: tooManySessions.code } },
    ]);
  });

  it('judges nothing on a state that was let go of while it was read', async () => {
    decisions.forget(['agent/1']);
    const [early, late] = [held(), held()];
    storage.afterReads.push(early.until, late.until);
    const first = run(admit(1, 1));
    await settled();
    decisions.forget(['agent/1']);
    const later = [run(issueToken), run(admit(2, 1))];
    await settled();
    early.release();
    late.release();
    await Promise.allSettled([first, ...later]);
    expect(await sessionsOf(new Decisions(store, snapshots))).toHaveLength(1);
  });

  it('judges anew whatever rested on a decision that was not recorded, however much it was', async () => {
    storage.beforeWrites.push(refuse);
    const outcomes = await Promise.allSettled(
      Array.from({ length: 1_600 }, (_, n) => run(admit(n, 2_000))),
    );
    const codes = new Map<string, number>();
    for (const outcome of outcomes) {
      const code =
        outcome.status === 'fulfilled' ? 'ok' : (outcome.reason as { code: string }).code;
      codes.set(code, (codes.get(code) ?? 0) + 1);
    }
    expect(Object.fromEntries(codes)).toEqual({
      'store.unavailable': 512,
      ok: 1_088,
    });
    expect(await sessionsOf(new Decisions(store, snapshots))).toHaveLength(1_088);
  });

  it('never takes a snapshot of what was decided but not recorded', async () => {
    // Up to the append after which a snapshot is due.
    for (let version = 1; version < 499; version += 1) await run(issueToken);
    const write = held();
    const read = held();
    storage.beforeWrites.push(write.until, refuse);
    storage.beforeReads.push(read.until);
    const due = run(issueToken);
    await settled();
    const lost = run(admit(1, 5));
    await settled();
    write.release();
    await due;
    await expect(lost).rejects.toMatchObject({ code: 'store.unavailable' });
    // Takes the version of the lost one, while the snapshot is still being made.
    await run(issueToken);
    read.release();
    await settled();
    expect(await sessionsOf(new Decisions(store, snapshots))).toEqual([]);
  });
});
