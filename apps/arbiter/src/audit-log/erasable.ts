import { type Decisions, type RecordedEvent, type StreamId } from '@arbiter/audit';
import { sessionDecider } from '@arbiter/domain';
import { eventStillBinds } from './audit-log.errors';

/** Without them an ended session could be used again, and a deactivated agent could act again. */
const ALWAYS_BINDING = new Set(['session.ended', 'agent.deactivated']);

/** Without them a session that goes on would have calls, or an agent a slot, that are used up. */
const BINDING_WHILE_ACTIVE = new Set([
  'session.tool-call-authorized',
  'session.call-refused',
  'agent.session-admitted',
]);

/**
 * Folding passes over erased events, so what an event forbids must not be erased while it matters.
 * Erasing a registration or the opening of a session is no such case: then nothing is allowed.
 */
export const requireErasable = async (
  { link, event }: RecordedEvent,
  decisions: Decisions,
): Promise<void> => {
  if (ALWAYS_BINDING.has(link.type)) throw eventStillBinds();
  if (!BINDING_WHILE_ACTIVE.has(link.type) || event === undefined) return;
  const { sessionId } = event.data as { readonly sessionId: string };
  const stream: StreamId = `session/${sessionId}`;
  const session = await decisions.stateOf(sessionDecider, stream);
  if (session.status === 'active') throw eventStillBinds();
};
