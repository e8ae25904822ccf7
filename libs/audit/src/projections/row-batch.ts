import type { EntityManager, EntityMetadata } from 'typeorm';
import type { RecordedEvent } from '../store/event-store';
import type { Projection } from './projection';

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
  const before = await loadRows(metadata, keys, manager);
  const rows: Rows = new Map(before);
  for (const event of relevant) {
    const key = projection.key(event);
    rows.set(key, on[event.type]?.(rows.get(key), event));
  }
  // A row that came and went within the batch never was in the table.
  for (const [key, row] of rows) if (row === undefined && !before.has(key)) rows.delete(key);
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
  const found = await manager
    .createQueryBuilder<object>(metadata.target, 'row')
    .where(`row.${propertyName} IN (SELECT value FROM json_each(:keys))`, {
      keys: JSON.stringify(keys),
    })
    .getMany();
  return new Map(found.map((row) => [(row as Record<string, string>)[propertyName] ?? '', row]));
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
