import { DataSource } from 'typeorm';
import { SqliteSnapshots } from './sqlite.snapshots';
import { Writer } from './writer';

describe('SqliteSnapshots', () => {
  let source: DataSource;
  let snapshots: SqliteSnapshots;
  const snapshot = (version: number) => ({
    version,
    hash: String(version).repeat(64),
    revision: 1,
    state: { status: 'active', sessionIds: ['ü', '\u0000'], callsMade: version },
  });

  beforeEach(async () => {
    source = await new DataSource({ type: 'sqlite', database: ':memory:' }).initialize();
    await source.query(`CREATE TABLE snapshots (stream TEXT PRIMARY KEY, version INTEGER,
      hash TEXT, revision INTEGER, state TEXT)`);
    snapshots = new SqliteSnapshots(new Writer(source), source);
  });
  afterEach(() => source.destroy());

  it('gives back the newest state of each stream as it was', async () => {
    await snapshots.save('agent/1', snapshot(1));
    await snapshots.save('agent/2', snapshot(2));
    await snapshots.save('agent/1', snapshot(3));
    expect(await snapshots.load('agent/1')).toEqual(snapshot(3));
    expect(await snapshots.load('agent/2')).toEqual(snapshot(2));
    expect(await snapshots.load('agent/3')).toBeUndefined();
  });

  it('forgets streams and leaves the others', async () => {
    for (const stream of ['agent/1', 'agent/2', 'agent/3'] as const)
      await snapshots.save(stream, snapshot(1));
    await snapshots.forget(['agent/1', 'agent/3', 'agent/9']);
    expect(await snapshots.load('agent/1')).toBeUndefined();
    expect(await snapshots.load('agent/3')).toBeUndefined();
    expect(await snapshots.load('agent/2')).toEqual(snapshot(1));
  });
});
