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

/** How to read each column off an event, in the order in which they are inserted. */
const columns = {
  position: ({ link }) => link.position,
  stream: ({ link }) => link.stream,
  version: ({ link }) => link.version,
  id: ({ link }) => link.id,
  type: ({ link }) => link.type,
  schema: ({ link }) => link.schema,
  at: ({ link }) => link.at,
  actor_kind: ({ link }) => link.actor.kind,
  actor_id: ({ link }) => link.actor.id,
  tenant: ({ link }) => link.tenant ?? null,
  correlation: ({ link }) => link.correlation,
  causation: ({ link }) => link.causation ?? null,
  data_digest: ({ link }) => link.dataDigest,
  prev: ({ link }) => link.prev,
  hash: ({ link }) => link.hash,
  salt: ({ payload }) => payload?.salt ?? null,
  data: ({ payload }) => payload?.data ?? null,
} satisfies { [C in keyof EventRow]: (event: StoredEvent) => EventRow[C] };

const names = Object.keys(columns);
const readers = Object.values(columns);

/** The trigger behind the view fills both tables, so a whole batch is one statement and one fsync. */
export const INSERT_BATCH = `INSERT INTO event_log (${names.join(', ')})
  SELECT ${names.map((_name, index) => `value ->> ${index}`).join(', ')} FROM json_each(?)`;

export const batchOf = (events: readonly StoredEvent[]): string =>
  JSON.stringify(events.map((event) => readers.map((read) => read(event))));

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
