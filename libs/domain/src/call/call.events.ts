import { completion, decisionFacts, judgedCall } from '../kernel/call-record';
import { id, listOf, natural, nullable, oneOf, shape, text } from '../kernel/codec';
import { defineEvent, type EventOf } from '../kernel/event';

const callId = id('call');

/** What the caller sent, as sent: none of it was verified. */
const request = { callId, httpMethod: text, path: text } as const;

/**
 * A request that is forwarded without a session: judged by policy alone (`require_session = false`),
 * or not judged because the operator lets such traffic pass (spec §4.3 S6.2, S6.3).
 */
export const SessionlessCallAuthorized = defineEvent(
  'call.authorized',
  shape({
    ...request,
    basis: oneOf('policy', 'not-mcp', 'not-post'),
    agentId: nullable(id('agent')),
    /** Named and usable, but not charged: a stream or a farewell of the session. */
    sessionId: nullable(id('session')),
    calls: listOf(judgedCall),
    facts: nullable(decisionFacts),
  }),
);

/** Refused before a session could be charged, or without one. */
export const SessionlessCallRefused = defineEvent(
  'call.refused',
  shape({
    ...request,
    agentHeader: nullable(text),
    sessionHeader: nullable(text),
    calls: listOf(judgedCall),
    status: natural,
    code: text,
    reason: text,
    /** What a policy was asked about; null when the request did not get that far. */
    agentId: nullable(id('agent')),
    policyId: nullable(text),
    facts: nullable(decisionFacts),
  }),
);

export const SessionlessCallCompleted = defineEvent(
  'call.completed',
  shape({ callId, ...completion }),
);

export const callEvents = [
  SessionlessCallAuthorized,
  SessionlessCallRefused,
  SessionlessCallCompleted,
] as const;

export type CallEvent = EventOf<(typeof callEvents)[number]>;
