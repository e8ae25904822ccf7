import { eventCatalogue, malformedEvent, type DomainEvent, type Json } from '@arbiter/domain';
import { uuidv7 } from 'uuidv7';
import type { EventContext, Link, Payload, StoredEvent, StreamId } from '../chain/envelope';
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

/** Decoded when it is looked at, because most readers pass over most events. */
class StoredRecord implements RecordedEvent {
  private decoded: DomainEvent | undefined;

  constructor(
    readonly link: Link,
    readonly payload: Payload | undefined,
  ) {}

  /** Throws when the catalogue does not know such an event, or it is not what its codec lets through. */
  get event(): DomainEvent | undefined {
    if (this.payload === undefined) return undefined;
    const { type, schema, at } = this.link;
    this.decoded ??= eventCatalogue.decode(type, schema, JSON.parse(this.payload.data) as Json, at);
    return this.decoded;
  }
}

export const recordedOf = ({ link, payload }: StoredEvent): RecordedEvent =>
  new StoredRecord(link, payload);
