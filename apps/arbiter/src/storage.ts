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
import { SessionView } from './sessions/read-model/session.view';

export const viewEntities = [CheckpointRow, AgentView, SessionView, OpenCallView];

const DIRECTORY_MODE = 0o700;

/** `arbiter.db` keeps its views in `arbiter.views.db`: they can be deleted, the log cannot. */
export const viewsPathOf = (sqlitePath: string): string =>
  sqlitePath.replace(
    /(\.[^./]*)?$/,
    (extension) => `.views${extension === '' ? '.db' : extension}`,
  );

/** Everything that is open on disk, and closed in the opposite order. */
export class Storage {
  private constructor(
    readonly store: EventStore,
    readonly snapshots: Snapshots,
    readonly views: DataSources,
    readonly viewWriter: Writer,
    private readonly release: () => Promise<void>,
  ) {}

  static open(config: StorageConfig): Promise<Storage> {
    return config.backend === 'memory' ? Storage.inMemory() : Storage.onDisk(config);
  }

  async close(): Promise<void> {
    await this.store.close();
    await this.views.close();
    await this.release();
  }

  private static async inMemory(): Promise<Storage> {
    const views = await openViews(IN_MEMORY);
    const store = await CommittingEventStore.open(new MemoryLogStorage());
    return new Storage(store, new MemorySnapshots(), views, new Writer(views.writer), () =>
      Promise.resolve(),
    );
  }

  /** Throws `store.locked` when another process has it open for writing. */
  private static async onDisk({
    sqlitePath,
    synchronous,
  }: Extract<StorageConfig, { backend: 'sqlite' }>): Promise<Storage> {
    await mkdir(dirname(sqlitePath), { recursive: true, mode: DIRECTORY_MODE });
    const lock = await StoreLock.acquire(sqlitePath);
    try {
      const log = await DataSources.open(
        sqlitePath,
        { entities: [], migrations: logMigrations },
        synchronous,
      );
      const views = await openViews(viewsPathOf(sqlitePath));
      const store = await CommittingEventStore.open(await SqliteLogStorage.open(log));
      const writer = new Writer(views.writer);
      const snapshots = new SqliteSnapshots(writer, views.reader);
      return new Storage(store, snapshots, views, writer, async () => {
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
const openViews = (database: string): Promise<DataSources> =>
  DataSources.open(database, { entities: viewEntities, migrations: viewMigrations }, 'normal');
