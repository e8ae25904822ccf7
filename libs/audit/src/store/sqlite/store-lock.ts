import { storeLocked } from '@arbiter/domain';
import { Database } from 'sqlite3';

const NOW = 0;

/**
 * Held by the one process that may write a store. It is an exclusive SQLite transaction on a file
 * of its own, so the operating system lets go of it however the process ends, and readers of the
 * store itself are not disturbed.
 */
export class StoreLock {
  private constructor(private readonly database: Database) {}

  /** Throws `store.locked` when another process holds it. */
  static async acquire(storePath: string): Promise<StoreLock> {
    const path = `${storePath}.lock`;
    const database = await opened(path);
    database.configure('busyTimeout', NOW);
    try {
      await exec(database, 'BEGIN EXCLUSIVE');
    } catch (error) {
      await closed(database);
      throw isBusy(error) ? storeLocked({ path: storePath }) : error;
    }
    return new StoreLock(database);
  }

  release(): Promise<void> {
    return closed(this.database);
  }
}

const isBusy = (error: unknown): boolean => (error as { code?: unknown }).code === 'SQLITE_BUSY';

const opened = (path: string): Promise<Database> =>
  new Promise((resolve, reject) => {
    const database: Database = new Database(path, (error) => {
      if (error === null) resolve(database);
      else reject(error);
    });
  });

const exec = (database: Database, sql: string): Promise<void> =>
  new Promise((resolve, reject) => {
    database.exec(sql, (error) => {
      if (error === null) resolve();
      else reject(error);
    });
  });

const closed = (database: Database): Promise<void> =>
  new Promise((resolve) => {
    database.close(() => {
      resolve();
    });
  });
