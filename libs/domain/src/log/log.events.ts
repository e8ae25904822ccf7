import { listOf, natural, shape, text } from '../kernel/codec';
import { defineEvent, type EventOf } from '../kernel/event';

/** The official way to forget: the payloads are gone, their envelopes and digests stay. */
export const PayloadsErased = defineEvent(
  'log.payloads-erased',
  shape({ positions: listOf(natural), reason: text }),
);

export const logEvents = [PayloadsErased] as const;

export type LogEvent = EventOf<(typeof logEvents)[number]>;
