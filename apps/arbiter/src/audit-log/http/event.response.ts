import type { RecordedEvent } from '@arbiter/audit';
import type { EventResponse } from './audit-log.dto';

/** As it is stored: what is shown can be hashed, and is not lifted to a later schema. */
export const eventResponseOf = ({ link, payload }: RecordedEvent): EventResponse => ({
  position: link.position,
  stream: link.stream,
  version: link.version,
  id: link.id,
  type: link.type,
  schema: link.schema,
  at: link.at,
  actor: { kind: link.actor.kind, id: link.actor.id },
  ...(link.tenant !== undefined && { tenant: link.tenant }),
  correlation: link.correlation,
  ...(link.causation !== undefined && { causation: link.causation }),
  data: payload === undefined ? null : (JSON.parse(payload.data) as unknown),
  data_digest: link.dataDigest,
  prev: link.prev,
  hash: link.hash,
});
