import { defineProjection } from '@arbiter/audit';
import type { CallEvent, CallId, Instant, SessionEvent, SessionId } from '@arbiter/domain';
import { OpenCallView } from './open-call.view';

type OpeningOrClosing = Extract<
  SessionEvent | CallEvent,
  {
    type:
      | 'session.tool-call-authorized'
      | 'session.lifecycle-call-authorized'
      | 'session.call-completed'
      | 'call.authorized'
      | 'call.completed';
  }
>;

const opened = (
  callId: CallId,
  sessionId: SessionId | null,
  authorizedAt: Instant,
): OpenCallView => ({
  callId,
  sessionId,
  authorizedAt,
});

/** A call that is authorized and completed within one batch of events never becomes a row. */
export const openCallProjection = defineProjection<OpenCallView, OpeningOrClosing>({
  name: 'open-calls',
  revision: 1,
  view: OpenCallView,
  key: ({ data }) => data.callId,
  on: {
    'session.tool-call-authorized': (_row, { data: { callId, sessionId }, at }) =>
      opened(callId, sessionId, at),
    'session.lifecycle-call-authorized': (_row, { data: { callId, sessionId }, at }) =>
      opened(callId, sessionId, at),
    'call.authorized': (_row, { data: { callId }, at }) => opened(callId, null, at),
    'session.call-completed': () => undefined,
    'call.completed': () => undefined,
  },
});
