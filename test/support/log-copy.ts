import { copyFileSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Database } from 'sqlite3';

type Row = Readonly<Record<string, string | number | null>>;

/** A copy of a log that somebody with write access to the file is about to change. */
export class LogCopy {
  private constructor(private readonly directory: string) {}

  /** Copies what is in the -wal file too: until a checkpoint the newest events are only there. */
  static of(database: string): LogCopy {
    const copy = new LogCopy(mkdtempSync(join(tmpdir(), 'arbiter-copy-')));
    for (const suffix of ['', '-wal'])
      if (existsSync(`${database}${suffix}`))
        copyFileSync(`${database}${suffix}`, `${copy.database}${suffix}`);
    return copy;
  }

  get database(): string {
    return join(this.directory, 'copy.db');
  }

  /** Runs statements as an attacker would: the triggers are the first thing to go. */
  async tamper(...statements: readonly string[]): Promise<void> {
    const triggers = await this.query("SELECT name FROM sqlite_master WHERE type = 'trigger'");
    const drops = triggers.map(({ name }) => `DROP TRIGGER ${String(name)}`);
    await this.using((database, done) => {
      database.exec(['PRAGMA foreign_keys = OFF', ...drops, ...statements].join(';\n'), done);
    });
  }

  async query(sql: string): Promise<readonly Row[]> {
    let rows: readonly Row[] = [];
    await this.using((database, done) => {
      database.all<Row>(sql, (error, found) => {
        rows = found;
        done(error);
      });
    });
    return rows;
  }

  remove(): void {
    rmSync(this.directory, { recursive: true, force: true });
  }

  private using(
    work: (database: Database, done: (error: Error | null) => void) => void,
  ): Promise<void> {
    return new Promise((resolve, reject) => {
      const database = new Database(this.database);
      work(database, (error) => {
        // The last connection to close writes the -wal file back, so that one file is the log.
        database.close((closing) => {
          const failure = error ?? closing;
          if (failure === null) resolve();
          else reject(failure);
        });
      });
    });
  }
}
