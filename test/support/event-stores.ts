import {
  CommittingEventStore,
  MemoryLogStorage,
  SqliteLogStorage,
  type EventStore,
} from '@arbiter/audit';
import { DataSources } from '@arbiter/infra';
import { logMigrations } from '@arbiter/migrations';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface OpenedStore {
  readonly store: EventStore;
  /** Closes it and opens it again on what it left behind. */
  reopen(): Promise<EventStore>;
  close(): Promise<void>;
}

export interface OpenedSqlite extends OpenedStore {
  readonly sources: DataSources;
  readonly database: string;
}

export const openSqliteLog = (database: string): Promise<DataSources> =>
  DataSources.open(database, { entities: [], migrations: logMigrations }, 'full');

export const openSqliteStore = async (): Promise<OpenedSqlite> => {
  const directory = mkdtempSync(join(tmpdir(), 'arbiter-store-'));
  const database = join(directory, 'test.db');
  const sources = await openSqliteLog(database);
  const current = { sources, store: await openOn(sources) };
  const closeCurrent = async (): Promise<void> => {
    await current.store.close();
    await current.sources.close();
  };
  return {
    ...current,
    database,
    reopen: async () => {
      await closeCurrent();
      current.sources = await openSqliteLog(database);
      current.store = await openOn(current.sources);
      return current.store;
    },
    close: async () => {
      await closeCurrent();
      rmSync(directory, { recursive: true });
    },
  };
};

const openOn = async (sources: DataSources): Promise<EventStore> =>
  CommittingEventStore.open(await SqliteLogStorage.open(sources));

export const openMemoryStore = async (): Promise<OpenedStore> => {
  const storage = new MemoryLogStorage();
  let store = await CommittingEventStore.open(storage);
  return {
    store,
    reopen: async () => {
      await store.close();
      store = await CommittingEventStore.open(storage);
      return store;
    },
    close: () => store.close(),
  };
};

/** Every adapter of the event store, for suites that all of them have to pass. */
export const storeAdapters: readonly (readonly [name: string, open: () => Promise<OpenedStore>])[] =
  [
    ['memory', openMemoryStore],
    ['sqlite', openSqliteStore],
  ];
