import type { DataSource } from 'typeorm';
import type { StreamId } from '../../chain/envelope';
import { Snapshots, type Snapshot } from '../snapshots';
import type { Writer } from './writer';

interface SnapshotRow extends Omit<Snapshot, 'state'> {
  readonly state: string;
}

/** Kept beside the views: both can be thrown away at any time. */
export class SqliteSnapshots extends Snapshots {
  constructor(
    private readonly writer: Writer,
    private readonly reader: DataSource,
  ) {
    super();
  }

  async load(stream: StreamId): Promise<Snapshot | undefined> {
    const [row] = await this.reader.query<SnapshotRow[]>(
      'SELECT version, hash, revision, state FROM snapshots WHERE stream = ?',
      [stream],
    );
    return row && { ...row, state: JSON.parse(row.state) as unknown };
  }

  async save(stream: StreamId, { version, hash, revision, state }: Snapshot): Promise<void> {
    await this.writer.alone((source) =>
      source.query(
        'INSERT OR REPLACE INTO snapshots (stream, version, hash, revision, state) VALUES (?, ?, ?, ?, ?)',
        [stream, version, hash, revision, JSON.stringify(state)],
      ),
    );
  }

  async forget(streams: readonly StreamId[]): Promise<void> {
    await this.writer.alone((source) =>
      source.query('DELETE FROM snapshots WHERE stream IN (SELECT value FROM json_each(?))', [
        JSON.stringify(streams),
      ]),
    );
  }
}
