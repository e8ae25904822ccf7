import { DataSource } from 'typeorm';
import { PreparedStatement } from './prepared-statement';

describe('PreparedStatement', () => {
  let source: DataSource;
  const insert = () => PreparedStatement.prepare(source, 'INSERT INTO notes VALUES (?)');
  const ids = async () =>
    (await source.query<{ id: number }[]>('SELECT id FROM notes')).map(({ id }) => id);

  beforeEach(async () => {
    source = await new DataSource({ type: 'sqlite', database: ':memory:' }).initialize();
    await source.query('CREATE TABLE notes (id INTEGER PRIMARY KEY)');
  });
  afterEach(async () => {
    if (source.isInitialized) await source.destroy();
  });

  it('runs as often as asked to, also after it failed', async () => {
    const statement = await insert();
    await statement.run(1);
    await expect(statement.run(1)).rejects.toMatchObject({ code: 'SQLITE_CONSTRAINT' });
    await statement.run(2);
    expect(await ids()).toEqual([1, 2]);
    await statement.finalize();
  });

  it('survives a change of the schema', async () => {
    const statement = await insert();
    await source.query('CREATE TRIGGER other AFTER INSERT ON notes BEGIN SELECT 1; END');
    await statement.run(1);
    expect(await ids()).toEqual([1]);
    await statement.finalize();
  });

  it('refuses what is no SQL', async () => {
    await expect(PreparedStatement.prepare(source, 'INSERT INTO nothing')).rejects.toMatchObject({
      code: 'SQLITE_ERROR',
    });
  });

  it('refuses, and does not hang, once it or its connection is closed', async () => {
    const statement = await insert();
    await statement.finalize();
    await expect(statement.run(1)).rejects.toMatchObject({ code: 'SQLITE_MISUSE' });
    await source.destroy();
    await expect(insert()).rejects.toThrow();
  });
});
