import { completion, decisionFacts, judgedCall, REFUSAL_CODES } from '../kernel/call-record';
import { id, instant, listOf, natural, nullable, oneOf, shape, text } from '../kernel/codec';
import { defineEvent, type EventOf } from '../kernel/event';
import { SENSITIVITIES } from '../kernel/values';

const sessionId = id('session');
const callId = id('call');

export const SessionOpened = defineEvent(
  'session.opened',
  shape({
    sessionId,
    agentId: id('agent'),
    declaredIntent: text,
    delegationChain: listOf(text),
    authorizedTools: listOf(text),
    authorizedCredentials: listOf(text),
    callBudget: natural,
    timeLimitSecs: natural,
    rateLimit: nullable(natural),
    rateWindowSecs: natural,
    sensitivityCeiling: oneOf(...SENSITIVITIES),
  }),
);

/** The counters as they are after this decision. */
const counters = {
  charged: natural,
  callsMade: natural,
  callBudget: natural,
  rateWindowStartedAt: instant,
  rateWindowCalls: natural,
} as const;

const decision = {
  sessionId,
  callId,
  agentId: id('agent'),
  calls: listOf(judgedCall),
  facts: decisionFacts,
} as const;

/** At least one call of the request was charged. Durable before the request is forwarded. */
export const ToolCallAuthorized = defineEvent(
  'session.tool-call-authorized',
  shape({ ...decision, ...counters }),
);

/** Only MCP lifecycle messages (D4), which cost nothing. Durable before they are forwarded. */
export const LifecycleCallAuthorized = defineEvent(
  'session.lifecycle-call-authorized',
  shape(decision),
);

/** `charged` is not 0 when the limits were met and a policy refused (spec §4.3 S7). */
export const CallRefused = defineEvent(
  'session.call-refused',
  shape({
    ...decision,
    ...counters,
    code: oneOf(...REFUSAL_CODES),
    policyId: nullable(text),
    reason: text,
  }),
);

export const CallCompleted = defineEvent(
  'session.call-completed',
  shape({ sessionId, callId, ...completion }),
);

export const SessionEnded = defineEvent(
  'session.ended',
  shape({ sessionId, agentId: id('agent'), reason: oneOf('closed', 'expired') }),
);

export const sessionEvents = [
  SessionOpened,
  ToolCallAuthorized,
  LifecycleCallAuthorized,
  CallRefused,
  CallCompleted,
  SessionEnded,
] as const;

export type SessionEvent = EventOf<(typeof sessionEvents)[number]>;
export type CallDecision = EventOf<
  typeof ToolCallAuthorized | typeof LifecycleCallAuthorized | typeof CallRefused
>;
