import { agentEvents } from '../agent/agent.events';
import { callEvents } from '../call/call.events';
import { unknownEvent } from '../kernel/errors';
import type { DomainEvent, EventSchema, Json } from '../kernel/event';
import type { Instant } from '../kernel/values';
import { logEvents } from '../log/log.events';
import { policySetEvents } from '../policy/policy-set.events';
import { sessionEvents } from '../session/session.events';

/** Every event the log may hold. Removing a line makes old events unreadable. */
const schemas: readonly EventSchema[] = [
  ...agentEvents,
  ...callEvents,
  ...logEvents,
  ...policySetEvents,
  ...sessionEvents,
];

const byType = new Map(schemas.map((schema) => [schema.type, schema]));

const schemaOf = (type: string): EventSchema => {
  const schema = byType.get(type);
  if (schema === undefined) throw unknownEvent({ type });
  return schema;
};

export const eventCatalogue = {
  all: (): readonly EventSchema[] => schemas,
  has: (type: string): boolean => byType.has(type),
  schemaVersionOf: (type: string): number => schemaOf(type).schema,
  encode: ({ type, data }: DomainEvent): Json => schemaOf(type).encode(data),
  decode: (type: string, schema: number, stored: Json, at: Instant): DomainEvent =>
    schemaOf(type).decode(stored, schema, at),
};
