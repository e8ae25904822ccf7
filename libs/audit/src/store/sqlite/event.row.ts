import type { Instant, TenantId } from '@arbiter/domain';
import type { Actor, StoredEvent, StreamId } from '../../chain/envelope';

/** A row of the view `event_log`: an event beside its payload, if it still has one. */
export interface EventRow {
  readonly position: number;
  readonly stream: StreamId;
  readonly version: number;
  readonly id: string;
  readonly type: string;
  readonly schema: number;
  readonly at: Instant;
  readonly actor_kind: Actor['kind'];
  readonly actor_id: string;
  readonly tenant: TenantId | null;
  readonly correlation: string;
  readonly causation: string | null;
  readonly data_digest: string;
  readonly prev: string;
  readonly hash: string;
  readonly salt: string | null;
  readonly data: string | null;
}

const columns = [
  'position',
  'stream',
  'version',
  'id',
  'type',
  'schema',
  'at',
  'actor_kind',
  'actor_id',
  'tenant',
  'correlation',
  'causation',
  'data_digest',
  'prev',
  'hash',
  'salt',
  'data',
] as const satisfies (keyof EventRow)[];

/**
 * The trigger behind the view fills both tables, so a whole batch is one statement and one fsync.
 * Materialised and in binary, because each column would parse the whole row again otherwise.
 */
export const INSERT_BATCH = `
  WITH batch AS MATERIALIZED (SELECT value AS event FROM jsonb_each(?))
  INSERT INTO event_log (${columns.join(', ')})
  SELECT ${columns.map((_column, index) => `event ->> ${index}`).join(', ')} FROM batch`;

export const batchOf = (events: readonly StoredEvent[]): string =>
  JSON.stringify(events.map(valuesOf));

/** One value a column, in their order. */
type ValuesOf<Columns extends readonly (keyof EventRow)[]> = {
  readonly [Index in keyof Columns]: EventRow[Columns[Index]];
};

const valuesOf = ({ link, payload }: StoredEvent): ValuesOf<typeof columns> => [
  link.position,
  link.stream,
  link.version,
  link.id,
  link.type,
  link.schema,
  link.at,
  link.actor.kind,
  link.actor.id,
  link.tenant ?? null,
  link.correlation,
  link.causation ?? null,
  link.dataDigest,
  link.prev,
  link.hash,
  payload?.salt ?? null,
  payload?.data ?? null,
];

export const storedOf = ({ salt, data, ...row }: EventRow): StoredEvent => ({
  link: {
    position: row.position,
    stream: row.stream,
    version: row.version,
    id: row.id,
    type: row.type,
    schema: row.schema,
    at: row.at,
    actor: { kind: row.actor_kind, id: row.actor_id },
    ...(row.tenant !== null && { tenant: row.tenant }),
    correlation: row.correlation,
    ...(row.causation !== null && { causation: row.causation }),
    dataDigest: row.data_digest,
    prev: row.prev,
    hash: row.hash,
  },
  payload: salt === null || data === null ? undefined : { salt, data },
});
