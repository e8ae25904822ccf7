import { In, type EntityManager, type EntityMetadata, type FindOptionsWhere } from 'typeorm';
import type { RecordedEvent } from '../store/event-store';
import type { Projection } from './projection';

const KEYS_MAX = 1000;

type Rows = Map<string, object | undefined>;
type AnyFold = (
  row: object | undefined,
  event: NonNullable<RecordedEvent['event']>,
) => object | undefined;

/** Folds a batch of events into the rows of a view, inside the transaction that is open. */
export const foldBatch = async (
  projection: Projection,
  batch: readonly RecordedEvent[],
  manager: EntityManager,
): Promise<void> => {
  const on = projection.on as Readonly<Record<string, AnyFold | undefined>>;
  const relevant = batch.flatMap((recorded) => {
    const event = on[recorded.link.type] === undefined ? undefined : recorded.event;
    return event === undefined ? [] : [event];
  });
  if (relevant.length === 0) return;
  const metadata = manager.connection.getMetadata(projection.view);
  const keys = [...new Set(relevant.map((event) => projection.key(event)))];
  const rows = await loadRows(metadata, keys, manager);
  for (const event of relevant) {
    const key = projection.key(event);
    rows.set(key, on[event.type]?.(rows.get(key), event));
  }
  await saveRows(metadata, rows, manager);
};

const primaryOf = ({ primaryColumns, name }: EntityMetadata): EntityMetadata['columns'][number] => {
  const [primary] = primaryColumns;
  if (primary === undefined) throw new Error(`The view ${name} has no primary column.`);
  return primary;
};

const loadRows = async (
  metadata: EntityMetadata,
  keys: readonly string[],
  manager: EntityManager,
): Promise<Rows> => {
  const { propertyName } = primaryOf(metadata);
  const rows: Rows = new Map();
  for (let start = 0; start < keys.length; start += KEYS_MAX) {
    const where = { [propertyName]: In(keys.slice(start, start + KEYS_MAX)) };
    const found = await manager.findBy<object>(metadata.target, where as FindOptionsWhere<object>);
    for (const row of found) rows.set((row as Record<string, string>)[propertyName] ?? '', row);
  }
  return rows;
};

/** One statement for all rows that are there, one for all that are not. */
const saveRows = async (
  metadata: EntityMetadata,
  rows: Rows,
  manager: EntityManager,
): Promise<void> => {
  const kept = [...rows.values()].filter((row) => row !== undefined);
  const gone = [...rows].flatMap(([key, row]) => (row === undefined ? [key] : []));
  const { tableName, columns } = metadata;
  const primary = primaryOf(metadata).databaseName;
  if (kept.length > 0) {
    const values = kept.map((row) => columns.map((column) => storable(column.getEntityValue(row))));
    const names = columns.map(({ databaseName }) => databaseName).join(', ');
    const fields = columns.map((_column, index) => `value ->> ${index}`).join(', ');
    await manager.query(
      `INSERT OR REPLACE INTO ${tableName} (${names}) SELECT ${fields} FROM json_each(?)`,
      [JSON.stringify(values)],
    );
  }
  if (gone.length > 0)
    await manager.query(
      `DELETE FROM ${tableName} WHERE ${primary} IN (SELECT value FROM json_each(?))`,
      [JSON.stringify(gone)],
    );
};

/** Lists and objects are `simple-json` columns: JSON text in the table. */
const storable = (value: unknown): unknown =>
  typeof value === 'object' && value !== null ? JSON.stringify(value) : value;
