import { defineProjection } from '@arbiter/audit';
import { secondsAfter, type SessionEvent } from '@arbiter/domain';
import { SessionView } from './session.view';

/** Times come from the events, never from the clock, so a rebuild gives the same rows. */
export const sessionProjection = defineProjection<SessionView, SessionEvent>({
  name: 'sessions',
  revision: 1,
  view: SessionView,
  key: ({ data }) => data.sessionId,
  on: {
    'session.opened': (_row, { data, at }) => ({
      sessionId: data.sessionId,
      agentId: data.agentId,
      declaredIntent: data.declaredIntent,
      authorizedTools: data.authorizedTools,
      authorizedCredentials: data.authorizedCredentials,
      status: 'active',
      callsMade: 0,
      callBudget: data.callBudget,
      rateLimit: data.rateLimit,
      sensitivityCeiling: data.sensitivityCeiling,
      timeLimitSecs: data.timeLimitSecs,
      createdAt: at,
      expiresAt: secondsAfter(at, data.timeLimitSecs),
      endedAt: null,
      deniedAttempts: 0,
    }),
    'session.tool-call-authorized': (row, { data: { callsMade } }) =>
      row && Object.assign({}, row, { callsMade }),
    'session.call-refused': (row, { data: { callsMade } }) =>
      row && Object.assign({}, row, { callsMade, deniedAttempts: row.deniedAttempts + 1 }),
    'session.ended': (row, { data: { reason }, at }) =>
      row && Object.assign({}, row, { status: reason, endedAt: at }),
  },
});
