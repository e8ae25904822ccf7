import type { DataSource } from 'typeorm';
import type { StoredEvent, StreamId } from '../../chain/envelope';
import { GENESIS, type Head } from '../../chain/hash-chain';
import type { EventFilter } from '../event-store';
import { LogStorage } from '../log-storage';
import { batchOf, INSERT_BATCH, storedOf, type EventRow } from './event.row';
import { PreparedStatement } from './prepared-statement';
import { Writer } from './writer';

const LAST_EVENT = 'SELECT position, hash FROM events ORDER BY position DESC LIMIT 1';
const VERSIONS = `SELECT stream, max(version) AS version FROM events
  WHERE stream IN (SELECT value FROM json_each(?)) GROUP BY stream`;
/** About what a busy commit needs, so that a probe succeeds only when a commit would. */
const PROBE_BYTES = 256 * 1024;

/** A log in two SQLite tables; what guards them is in the migration that creates them. */
export class SqliteLogStorage extends LogStorage {
  private readonly writer: Writer;

  private constructor(
    private readonly sources: { readonly writer: DataSource; readonly reader: DataSource },
    private readonly insert: PreparedStatement,
  ) {
    super();
    this.writer = new Writer(sources.writer);
  }

  /** The caller keeps the connections and closes them after the storage. */
  static async open(sources: {
    readonly writer: DataSource;
    readonly reader: DataSource;
  }): Promise<SqliteLogStorage> {
    const insert = await PreparedStatement.prepare(sources.writer, INSERT_BATCH);
    return new SqliteLogStorage(sources, insert);
  }

  async readTail(): Promise<Head> {
    const [last = GENESIS] = await this.sources.writer.query<Head[]>(LAST_EVENT);
    return last;
  }

  async versionsOf(streams: readonly StreamId[]): Promise<ReadonlyMap<StreamId, number>> {
    const rows = await this.sources.writer.query<{ stream: StreamId; version: number }[]>(
      VERSIONS,
      [JSON.stringify(streams)],
    );
    return new Map(rows.map(({ stream, version }) => [stream, version]));
  }

  write(events: readonly StoredEvent[], erased: readonly number[]): Promise<void> {
    const batch = batchOf(events);
    // One statement is a transaction of its own.
    if (erased.length === 0) return this.writer.alone(() => this.insert.run(batch));
    return this.writer.transaction(async (rows) => {
      await this.insert.run(batch);
      const positions = [JSON.stringify(erased)];
      await rows.query('INSERT OR IGNORE INTO erasures SELECT value FROM json_each(?)', positions);
      await rows.query(
        'DELETE FROM event_payloads WHERE position IN (SELECT value FROM json_each(?))',
        positions,
      );
    });
  }

  probe(): Promise<void> {
    return this.writer.transaction(async (rows) => {
      await rows.query('DELETE FROM probes');
      await rows.query('INSERT INTO probes (filler) VALUES (randomblob(?))', [PROBE_BYTES]);
    });
  }

  async readStream(stream: StreamId, afterVersion: number): Promise<readonly StoredEvent[]> {
    return this.read('stream = ? AND version > ? ORDER BY version', [stream, afterVersion]);
  }

  async readAfter(
    position: number,
    limit: number,
    { stream, type }: EventFilter,
  ): Promise<readonly StoredEvent[]> {
    const conditions = [
      'position > ?',
      ...(stream === undefined ? [] : ['stream = ?']),
      ...(type === undefined ? [] : ['type = ?']),
    ];
    const values = [position, stream, type, limit].filter((value) => value !== undefined);
    return this.read(`${conditions.join(' AND ')} ORDER BY position LIMIT ?`, values);
  }

  async close(): Promise<void> {
    await this.writer.alone(() => this.insert.finalize());
  }

  private async read(where: string, parameters: readonly unknown[]): Promise<StoredEvent[]> {
    const sql = `SELECT * FROM event_log WHERE ${where}`;
    return (await this.sources.reader.query<EventRow[]>(sql, [...parameters])).map(storedOf);
  }
}
