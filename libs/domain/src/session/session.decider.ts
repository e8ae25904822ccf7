import type { Decider } from '../kernel/decider';
import type { Instant } from '../kernel/values';
import { chargeOf, isOverdue, limitObjection, windowAfter } from './session-limits';
import { checkTerms } from './session-terms';
import type { AuthorizeCalls, SessionCommand, SessionTerms } from './session.commands';
import { sessionClosed, sessionExists, sessionNotFound } from './session.errors';
import {
  CallCompleted,
  CallRefused,
  LifecycleCallAuthorized,
  SessionEnded,
  SessionOpened,
  ToolCallAuthorized,
  type SessionEvent,
} from './session.events';
import type { KnownSession, Session } from './session.state';

export const sessionDecider: Decider<Session, SessionCommand, SessionEvent> = {
  initial: { status: 'absent' },
  revision: 1,

  decide(command, session) {
    const { sessionId, at } = command;
    if (command.type === 'OpenSession') {
      checkOpening(session, command.terms);
      return [SessionOpened.of({ sessionId, ...command.terms }, at)];
    }
    if (session.status === 'absent') return refuseAbsent(command);
    const { agentId } = session;
    switch (command.type) {
      case 'AuthorizeCalls':
        return [judge(session, command)];
      case 'CompleteCall': {
        const { callId, completion } = command;
        if (!session.openCalls.includes(callId)) return [];
        return [CallCompleted.of({ sessionId, callId, ...completion }, at)];
      }
      case 'CloseSession':
        if (session.status === 'closed') throw sessionClosed({ sessionId });
        return [SessionEnded.of({ sessionId, agentId, reason: 'closed' }, at)];
      case 'ExpireSession':
        // The view that asked may lag the log, so the deadline is judged again here.
        if (!hasToExpire(session, at)) return [];
        return [SessionEnded.of({ sessionId, agentId, reason: 'expired' }, at)];
    }
  },

  evolve(session, event) {
    if (event.type === 'session.opened') {
      const { sessionId: _, ...terms } = event.data;
      return {
        ...terms,
        status: 'active',
        openedAt: event.at,
        callsMade: 0,
        rateWindowStartedAt: event.at,
        rateWindowCalls: 0,
        openCalls: [],
      };
    }
    return session.status === 'absent' ? session : evolveKnown(session, event);
  },
};

/** The opening of a session may have been erased while a call was open: nothing is left to close. */
const refuseAbsent = ({ type, sessionId }: SessionCommand): readonly SessionEvent[] => {
  if (type === 'CompleteCall') return [];
  throw sessionNotFound({ sessionId });
};

const checkOpening = (session: Session, terms: SessionTerms): void => {
  if (session.status !== 'absent') throw sessionExists();
  checkTerms(terms);
};

const hasToExpire = (session: KnownSession, at: Instant): boolean =>
  session.status === 'active' && isOverdue(session, at);

const evolveKnown = (
  session: KnownSession,
  { type, data }: Exclude<SessionEvent, { type: 'session.opened' }>,
): KnownSession => {
  switch (type) {
    case 'session.tool-call-authorized': {
      const { callsMade, rateWindowStartedAt, rateWindowCalls, callId } = data;
      const openCalls = [...session.openCalls, callId];
      return { ...session, callsMade, rateWindowStartedAt, rateWindowCalls, openCalls };
    }
    case 'session.lifecycle-call-authorized':
      return { ...session, openCalls: [...session.openCalls, data.callId] };
    case 'session.call-refused': {
      const { callsMade, rateWindowStartedAt, rateWindowCalls } = data;
      return { ...session, callsMade, rateWindowStartedAt, rateWindowCalls };
    }
    case 'session.call-completed':
      return { ...session, openCalls: session.openCalls.filter((id) => id !== data.callId) };
    case 'session.ended':
      return { ...session, status: data.reason };
  }
};

/** Limits first, then policy. What the limits let through is charged even if a policy refuses. */
const judge = (session: KnownSession, command: AuthorizeCalls): SessionEvent => {
  const { sessionId, callId, agentId, calls, facts, at } = command;
  const decision = { sessionId, callId, agentId, calls, facts };
  const charged = chargeOf(command);
  const window = windowAfter(session, charged, at);
  const { callsMade, callBudget, rateWindowStartedAt, rateWindowCalls } = session;

  const overLimit = limitObjection(session, command, window);
  if (overLimit !== undefined) {
    const unchanged = { charged: 0, callsMade, callBudget, rateWindowStartedAt, rateWindowCalls };
    return CallRefused.of({ ...decision, ...unchanged, ...overLimit }, at);
  }
  const counters = { charged, callsMade: callsMade + charged, callBudget, ...window };
  if (command.refusal !== null)
    return CallRefused.of({ ...decision, ...counters, ...command.refusal }, at);
  return charged === 0
    ? LifecycleCallAuthorized.of(decision, at)
    : ToolCallAuthorized.of({ ...decision, ...counters }, at);
};
