import * as sqlite3 from 'sqlite3';
import { DataSource, type DataSourceOptions } from 'typeorm';

export interface Schema {
  readonly entities: NonNullable<DataSourceOptions['entities']>;
  readonly migrations: NonNullable<DataSourceOptions['migrations']>;
}

/** What a power failure may take: `full` nothing that was committed, `normal` the last commits. */
export type Synchronous = 'full' | 'normal';

const BUSY_TIMEOUT_MS = 5_000;
const READ_ONLY = 1; // SQLITE_OPEN_READONLY
export const IN_MEMORY = ':memory:';

/** TypeORM asks for long stack traces, which print the parameters of every statement in advance. */
const driver = { verbose: () => sqlite3 };

/** Two connections to one SQLite file. In WAL mode readers see whole commits and block nobody. */
export class DataSources {
  private constructor(
    readonly writer: DataSource,
    /** Whoever holds it cannot write, however hard they try. */
    readonly reader: DataSource,
  ) {}

  static async open(
    database: string,
    { entities, migrations }: Schema,
    synchronous: Synchronous,
  ): Promise<DataSources> {
    const base = {
      type: 'sqlite',
      driver,
      database,
      entities,
      busyTimeout: BUSY_TIMEOUT_MS,
    } as const;
    const writer = await new DataSource({ ...base, migrations, enableWAL: true }).initialize();
    await writer.query(`PRAGMA synchronous = ${synchronous}`);
    await writer.runMigrations();
    // A database in memory belongs to its connection: there is no second one to open.
    if (database === IN_MEMORY) return new DataSources(writer, writer);
    const reader = await new DataSource(base).initialize();
    await reader.query('PRAGMA query_only = ON');
    return new DataSources(writer, reader);
  }

  async close(): Promise<void> {
    if (this.reader !== this.writer) await this.reader.destroy();
    await this.writer.destroy();
  }
}

/** For looking at a store that another process may be writing. The caller destroys it. */
export const openReadOnly = (database: string): Promise<DataSource> =>
  new DataSource({
    type: 'sqlite',
    driver,
    database,
    flags: READ_ONLY,
    busyTimeout: BUSY_TIMEOUT_MS,
  }).initialize();
