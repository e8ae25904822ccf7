import { DataSources, IN_MEMORY } from '@arbiter/infra';
import { logMigrations, viewMigrations } from '@arbiter/migrations';
import { viewEntities } from '../../apps/arbiter/src/storage';

describe('migrations', () => {
  it('build the views that the entities describe', async () => {
    const schema = { entities: viewEntities, migrations: viewMigrations };
    const { writer } = await DataSources.open(IN_MEMORY, schema, 'normal');
    // Snapshots have no entity: their one reader and writer speaks SQL.
    const { upQueries } = await writer.driver.createSchemaBuilder().log();
    expect(upQueries.map(({ query }) => query)).toEqual([]);
    await writer.destroy();
  });

  it.each([
    ['log', { entities: [], migrations: logMigrations }],
    ['views', { entities: viewEntities, migrations: viewMigrations }],
  ])('run once, and leave nothing to do: %s', async (_name, schema) => {
    const { writer } = await DataSources.open(IN_MEMORY, schema, 'full');
    expect(await writer.runMigrations()).toEqual([]);
    expect(await writer.query('PRAGMA integrity_check')).toEqual([{ integrity_check: 'ok' }]);
    await writer.destroy();
  });

  it('never take the log away', async () => {
    const schema = { entities: [], migrations: logMigrations };
    const { writer } = await DataSources.open(IN_MEMORY, schema, 'full');
    await expect(writer.undoLastMigration()).rejects.toThrow(/never dropped/);
    expect(await writer.query('SELECT count(*) AS events FROM events')).toEqual([{ events: 0 }]);
    await writer.destroy();
  });
});
