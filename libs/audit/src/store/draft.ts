import { eventCatalogue, type DomainEvent, type Json } from '@arbiter/domain';
import { uuidv7 } from 'uuidv7';
import type { EventContext, StoredEvent, StreamId } from '../chain/envelope';
import { digestOf, payloadOf, type Draft } from '../chain/hash-chain';
import type { RecordedEvent } from './event-store';

/** Keeps the event as its codec let it through, which is what reading it back would give. */
export interface EventDraft extends Draft {
  readonly event: DomainEvent;
}

/** Everything that can be refused is refused here, before the event queues up with others. */
export const draftOf = (
  event: DomainEvent,
  stream: StreamId,
  version: number,
  { actor, tenant, correlation, causation }: EventContext,
): EventDraft => {
  const data = eventCatalogue.encode(event);
  const payload = payloadOf(data);
  const facts = {
    stream,
    version,
    id: uuidv7(),
    type: event.type,
    schema: eventCatalogue.schemaVersionOf(event.type),
    at: event.at,
    actor: { kind: actor.kind, id: actor.id },
    ...(tenant !== undefined && { tenant }),
    correlation,
    ...(causation !== undefined && { causation }),
    dataDigest: digestOf(payload),
  };
  return { facts, payload, event: { type: event.type, data, at: event.at } };
};

export const recordedOf = ({ link, payload }: StoredEvent): RecordedEvent => {
  const { type, schema, at } = link;
  const event =
    payload && eventCatalogue.decode(type, schema, JSON.parse(payload.data) as Json, at);
  return { link, payload, event };
};
