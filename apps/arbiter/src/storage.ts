import {
  CheckpointRow,
  CommittingEventStore,
  MemoryLogStorage,
  MemorySnapshots,
  SqliteLogStorage,
  SqliteSnapshots,
  StoreLock,
  Writer,
  type EventStore,
  type Snapshots,
} from '@arbiter/audit';
import { DataSources, IN_MEMORY, type StorageConfig } from '@arbiter/infra';
import { logMigrations, viewMigrations } from '@arbiter/migrations';
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { AgentView } from './agents/read-model/agent.view';
import { OpenCallView } from './gateway/read-model/open-call.view';
import { SessionSlotView } from './sessions/read-model/session-slot.view';
import { SessionView } from './sessions/read-model/session.view';

export const viewEntities = [CheckpointRow, AgentView, SessionView, SessionSlotView, OpenCallView];

const DIRECTORY_MODE = 0o700;

/** `arbiter.db` keeps its views in `arbiter.views.db`: they can be deleted, the log cannot. */
const viewsPathOf = (sqlitePath: string): string =>
  sqlitePath.replace(
    /(\.[^./]*)?$/,
    (extension) => `.views${extension === '' ? '.db' : extension}`,
  );

interface ViewDatabase {
  readonly sources: DataSources;
  /** The one way to write to it. */
  readonly writer: Writer;
}

/** Says which file it is about; SQLite does not. */
class StorageUnusable extends Error {
  constructor(path: string, cause: unknown) {
    super(`${path}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}

/** Everything that is open on disk, and closed in the opposite order. */
export class Storage {
  private constructor(
    readonly store: EventStore,
    readonly snapshots: Snapshots,
    readonly views: ViewDatabase,
    private readonly release: () => Promise<void>,
  ) {}

  static async open(config: StorageConfig): Promise<Storage> {
    if (config.backend === 'memory') return Storage.inMemory();
    try {
      return await Storage.onDisk(config);
    } catch (error) {
      throw new StorageUnusable(config.sqlitePath, error);
    }
  }

  async close(): Promise<void> {
    await this.store.close();
    await this.views.sources.close();
    await this.release();
  }

  private static async inMemory(): Promise<Storage> {
    const views = await openViews(IN_MEMORY);
    const store = await CommittingEventStore.open(new MemoryLogStorage());
    return new Storage(store, new MemorySnapshots(), views, () => Promise.resolve());
  }

  /** Throws `store.locked` when another process has it open for writing. */
  private static async onDisk({
    sqlitePath,
    synchronous,
  }: Extract<StorageConfig, { backend: 'sqlite' }>): Promise<Storage> {
    await mkdir(dirname(sqlitePath), { recursive: true, mode: DIRECTORY_MODE });
    const lock = await StoreLock.acquire(sqlitePath);
    try {
      const schema = { entities: [], migrations: logMigrations };
      const log = await DataSources.open(sqlitePath, schema, synchronous);
      const views = await openViews(viewsPathOf(sqlitePath));
      const store = await CommittingEventStore.open(await SqliteLogStorage.open(log));
      const snapshots = new SqliteSnapshots(views.writer, views.sources.reader);
      return new Storage(store, snapshots, views, async () => {
        await log.close();
        await lock.release();
      });
    } catch (error) {
      await lock.release();
      throw error;
    }
  }
}

/** A view that forgets its last commits when the power fails is folded from there on again. */
const openViews = async (database: string): Promise<ViewDatabase> => {
  const schema = { entities: viewEntities, migrations: viewMigrations };
  const sources = await DataSources.open(database, schema, 'normal');
  return { sources, writer: new Writer(sources.writer) };
};
