import { id, instant, listOf, nullable, oneOf, shape, text } from '../kernel/codec';
import { defineEvent, type EventOf } from '../kernel/event';
import { TRUST_LEVELS } from '../kernel/values';

const agentId = id('agent');

export const AgentRegistered = defineEvent(
  'agent.registered',
  shape({
    agentId,
    owner: text,
    model: text,
    capabilities: listOf(text),
    trustLevel: oneOf(...TRUST_LEVELS),
    expiresAt: nullable(instant),
  }),
);

/** Names the token by its `jti`; the token itself is never recorded. */
export const AgentTokenIssued = defineEvent(
  'agent.token-issued',
  shape({ agentId, tokenId: text, sessionId: nullable(id('session')), expiresAt: instant }),
);

/** The agent's slot for one concurrent session is taken before the session opens. */
export const AgentSessionAdmitted = defineEvent(
  'agent.session-admitted',
  shape({ agentId, sessionId: id('session') }),
);

export const AgentSessionReleased = defineEvent(
  'agent.session-released',
  shape({ agentId, sessionId: id('session') }),
);

export const AgentDeactivated = defineEvent(
  'agent.deactivated',
  shape({ agentId, sessionIds: listOf(id('session')) }),
);

export const agentEvents = [
  AgentRegistered,
  AgentTokenIssued,
  AgentSessionAdmitted,
  AgentSessionReleased,
  AgentDeactivated,
] as const;

export type AgentEvent = EventOf<(typeof agentEvents)[number]>;
