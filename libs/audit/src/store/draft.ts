import { eventCatalogue, malformedEvent, type DomainEvent, type Json } from '@arbiter/domain';
import { uuidv7 } from 'uuidv7';
import type { EventContext, StoredEvent, StreamId } from '../chain/envelope';
import { digestOf, payloadOf, type Draft } from '../chain/hash-chain';
import type { RecordedEvent } from './event-store';

/** Keeps the event as its codec let it through, which is what reading it back would give. */
export interface EventDraft extends Draft {
  readonly event: DomainEvent;
}

/** What the drafts take up, near enough to bound what is written at once. */
export const sizeOf = (drafts: readonly EventDraft[]): number =>
  drafts.reduce((characters, { payload }) => characters + payload.data.length, 0);

/** Everything that can be refused is refused here, before the event queues up with others. */
export const draftOf = (
  event: DomainEvent,
  stream: StreamId,
  version: number,
  { actor, tenant, correlation, causation }: EventContext,
): EventDraft => {
  const data = eventCatalogue.encode(event);
  refuseMalformed({ stream, at: event.at, actor: actor.id, tenant, correlation, causation });
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

/** A lone surrogate has no UTF-8: the hash would commit to what cannot be read back. */
const refuseMalformed = (texts: Readonly<Record<string, string | undefined>>): void => {
  for (const [path, text] of Object.entries(texts))
    if (text?.isWellFormed() === false)
      throw malformedEvent({ path, expected: 'well-formed text' });
};

export const recordedOf = ({ link, payload }: StoredEvent): RecordedEvent => {
  const { type, schema, at } = link;
  const event =
    payload && eventCatalogue.decode(type, schema, JSON.parse(payload.data) as Json, at);
  return { link, payload, event };
};
