import { AgentSessionAdmitted, type AgentId, type Instant, type SessionId } from '@arbiter/domain';
import { eventually } from '@arbiter/testing';
import { Column, DataSource, Entity, PrimaryColumn, type EntityManager } from 'typeorm';
import type { EventContext } from '../chain/envelope';
import { CommittingEventStore } from '../store/committing.event-store';
import { MemoryLogStorage } from '../store/memory/memory.log-storage';
import { Writer } from '../store/sqlite/writer';
import { CheckpointRow } from './checkpoint.row';
import { defineProjection } from './projection';
import { ProjectionEngine } from './projection-engine';

const at = '2026-01-01T10:00:00.000Z' as Instant;
const agentId = '00000000-0000-4000-8000-00000000000a' as AgentId;
const sessionId = '00000000-0000-4000-8000-00000000000b' as SessionId;
const context: EventContext = { actor: { kind: 'admin', id: 'test' }, correlation: 'c' };
const event = AgentSessionAdmitted.of({ agentId, sessionId }, at);
const SETTLE_MS = 10_000;

@Entity('counts')
class CountRow {
  @PrimaryColumn('text') id!: string;
  @Column('integer') count!: number;
}

@Entity('others')
class OtherRow {
  @PrimaryColumn('text') id!: string;
  @Column('integer') count!: number;
}

type Row = Pick<CountRow, 'id' | 'count'>;

const counting = (
  name: string,
  view: typeof CountRow | typeof OtherRow,
  fold: (row: Row | undefined) => Row = (row) => ({ id: agentId, count: (row?.count ?? 0) + 1 }),
) =>
  defineProjection<Row, typeof event>({
    name,
    revision: 1,
    view,
    key: ({ data }) => data.agentId,
    on: { 'agent.session-admitted': fold },
  });
const counts = counting('counts', CountRow);

/** Fails as a full disk does, as often as asked to. */
class FaultyWriter extends Writer {
  failures = 0;
  attempts = 0;

  override transaction<T>(work: (rows: EntityManager) => Promise<T>): Promise<T> {
    this.attempts += 1;
    if (this.failures === 0) return super.transaction(work);
    this.failures -= 1;
    return Promise.reject(Object.assign(new Error('full'), { code: 'SQLITE_FULL' }));
  }
}

describe('ProjectionEngine', () => {
  let views: DataSource;
  let writer: FaultyWriter;
  let store: CommittingEventStore;
  let engine: ProjectionEngine;
  let version = 0;

  const append = async (events = 1) => {
    const { position } = await store.append('agent/1', version, Array(events).fill(event), context);
    version += events;
    return position;
  };
  const count = async () => (await views.manager.findOneBy(CountRow, { id: agentId }))?.count;
  const start = (...projections: ReturnType<typeof counting>[]) => {
    engine = new ProjectionEngine(store, writer, projections);
    engine.start();
  };

  beforeEach(async () => {
    version = 0;
    views = await new DataSource({
      type: 'sqlite',
      database: ':memory:',
      entities: [CheckpointRow, CountRow, OtherRow],
      synchronize: true,
    }).initialize();
    writer = new FaultyWriter(views);
    store = await CommittingEventStore.open(new MemoryLogStorage());
  });
  afterEach(async () => {
    await engine.stop();
    await store.close();
    await views.destroy();
  });

  it('folds what was there and what comes, each event once, over restarts', async () => {
    await append(3);
    start(counts);
    await append(2);
    expect(await engine.settled(SETTLE_MS)).toBe(true);
    expect(await count()).toBe(5);
    await engine.stop();
    await append();
    start(counts);
    expect(await engine.settled(SETTLE_MS)).toBe(true);
    expect(await count()).toBe(6);
    expect(engine.status()).toMatchObject([{ name: 'counts', position: 6, lag: 0 }]);
  });

  it('folds each event once, however many rebuilds are asked for at once', async () => {
    await append(50);
    start(counts);
    await Promise.all(Array.from({ length: 5 }, () => engine.rebuild('counts')));
    await append(50);
    expect(await engine.settled(SETTLE_MS)).toBe(true);
    // A second loop over the same view would be at work still.
    await engine.rebuild('counts');
    await append();
    expect(await engine.settled(SETTLE_MS)).toBe(true);
    expect(await count()).toBe(101);
  });

  it('does not start again what was stopped, because a rebuild came late', async () => {
    await append();
    start(counts);
    await engine.settled(SETTLE_MS);
    const { attempts } = writer;
    await Promise.all([engine.stop(), engine.rebuild('counts')]);
    await engine.rebuild('counts');
    expect(writer.attempts).toBe(attempts);
  });

  it('rebuilds in the end although the first attempts cannot write', async () => {
    await append(3);
    start(counts);
    await engine.settled(SETTLE_MS);
    await views.manager.update(CountRow, { id: agentId }, { count: 77 });
    writer.failures = 1;
    await engine.rebuild('counts');
    expect(await engine.settled(SETTLE_MS)).toBe(true);
    expect(await count()).toBe(3);
    expect(engine.status()).toMatchObject([{ state: 'running', error: undefined }]);
  });

  it('says that it is retrying while storage fails, and retries at its own pace', async () => {
    start(counts);
    await engine.settled(SETTLE_MS);
    writer.failures = Infinity;
    await append();
    await eventually('the view did not notice', () =>
      engine.status()[0]?.state === 'retrying' ? true : undefined,
    );
    expect(engine.status()).toMatchObject([{ state: 'retrying', error: 'full', lag: 1 }]);
    const { attempts } = writer;
    await Promise.all(Array.from({ length: 100 }, () => engine.settled(1)));
    expect(writer.attempts - attempts).toBeLessThanOrEqual(1);
    writer.failures = 0;
    expect(await engine.settled(SETTLE_MS)).toBe(true);
    expect(await count()).toBe(1);
  });

  it('forgets what was erased since the view was folded, also when it comes across it later', async () => {
    await append(3);
    start(counts);
    await engine.settled(SETTLE_MS);
    await engine.stop();
    await store.erase([1, 3], 'asked', { ...context, at });
    expect(await count()).toBe(3);

    start(counts);
    expect(await engine.settled(SETTLE_MS)).toBe(true);
    expect(await count()).toBe(1);
    await append();
    expect(await engine.settled(SETTLE_MS)).toBe(true);
    expect(await count()).toBe(2);
  });

  it('stops a view whose fold throws, says so, and keeps nobody waiting for it', async () => {
    const broken = counting('broken', OtherRow, () => {
      throw new Error('a defect');
    });
    start(broken, counts);
    const waiting = engine.reached(1, SETTLE_MS);
    await append();
    expect(await waiting).toBe(true);
    expect(await count()).toBe(1);
    await append();
    expect(await engine.settled(SETTLE_MS)).toBe(true);
    expect(await count()).toBe(2);
    expect(engine.status()).toMatchObject([
      { name: 'broken', state: 'stopped', error: 'a defect', position: 0, lag: 2 },
      { name: 'counts', state: 'running', lag: 0 },
    ]);
  });

  it('goes on by a rebuild after the defect is gone', async () => {
    let isBroken = true;
    const repaired = counting('broken', OtherRow, (row) => {
      if (isBroken) throw new Error('a defect');
      return { id: agentId, count: (row?.count ?? 0) + 1 };
    });
    start(repaired);
    const waiting = engine.reached(1, SETTLE_MS);
    await append();
    await waiting;
    isBroken = false;
    expect(await engine.rebuild('broken')).toBe(true);
    expect(await engine.settled(SETTLE_MS)).toBe(true);
    expect(engine.status()).toMatchObject([{ state: 'running', position: 1 }]);
    expect(await engine.rebuild('unknown')).toBe(false);
  });

  it.each([
    { wrong: 'position beyond the log', checkpoint: { position: 9, hash: 'a'.repeat(64) } },
    { wrong: 'hash of another log', checkpoint: { position: 1, hash: 'a'.repeat(64) } },
    { wrong: 'revision', checkpoint: { position: 0, hash: '0'.repeat(64), revision: 2 } },
  ])('empties a view whose checkpoint has the wrong $wrong', async ({ checkpoint }) => {
    await views.manager.insert(CheckpointRow, { name: 'counts', revision: 1, ...checkpoint });
    await views.manager.insert(CountRow, { id: agentId, count: 77 });
    await views.manager.insert(CountRow, { id: 'of another log', count: 1 });
    await append(2);
    start(counts);
    expect(await engine.settled(SETTLE_MS)).toBe(true);
    expect(await views.manager.find(CountRow)).toEqual([{ id: agentId, count: 2 }]);
    expect(await views.manager.find(CheckpointRow)).toMatchObject([{ revision: 1, position: 2 }]);
  });
});
