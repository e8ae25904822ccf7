import {
  AgentSessionAdmitted,
  AgentSessionReleased,
  CallRefused,
  SessionEnded,
  SessionOpened,
  ToolCallAuthorized,
  type AgentId,
  type CallId,
  type Instant,
  type SessionId,
} from '@arbiter/domain';
import type { Projection } from '@arbiter/audit';
import { sessionSlotProjection } from './session-slot.projection';
import { sessionProjection } from './session.projection';

const sessionId = '00000000-0000-4000-8000-000000000001' as SessionId;
const agentId = '00000000-0000-4000-8000-00000000000a' as AgentId;
const callId = '00000000-0000-7000-8000-0000000000ca' as CallId;
const at = (clock: string) => `2026-01-01T${clock}.000Z` as Instant;

const terms = {
  agentId,
  declaredIntent: 'read the report',
  delegationChain: ['x'],
  authorizedTools: ['read_file'],
  authorizedCredentials: [],
  callBudget: 3,
  timeLimitSecs: 60,
  rateLimit: null,
  rateWindowSecs: 10,
  sensitivityCeiling: 'internal',
} as const;
const decision = {
  sessionId,
  callId,
  agentId,
  calls: [],
  facts: { trustLevel: 'basic', agentStatus: 'active', principal: '', policySetDigest: null },
} as const;
const counters = (callsMade: number) => ({
  charged: 1,
  callsMade,
  callBudget: 3,
  rateWindowStartedAt: at('10:00:00'),
  rateWindowCalls: callsMade,
});

const opened = SessionOpened.of({ sessionId, ...terms }, at('10:00:00'));
const called = ToolCallAuthorized.of({ ...decision, ...counters(1) }, at('10:00:01'));
const denied = { code: 'policy.denied', policyId: 'p', reason: 'no' } as const;
const refused = CallRefused.of({ ...decision, ...counters(2), ...denied }, at('10:00:02'));
const ended = (reason: 'closed' | 'expired', clock: string) =>
  SessionEnded.of({ sessionId, agentId, reason }, at(clock));
const admitted = AgentSessionAdmitted.of({ agentId, sessionId }, at('10:00:00'));
const released = AgentSessionReleased.of({ agentId, sessionId }, at('10:02:00'));

interface AnEvent {
  readonly type: string;
}
type Fold = (row: unknown, event: AnEvent) => unknown;

/** The row after the events; those that the view does not mind leave it alone. */
const rowAfter = (projection: Projection, events: readonly AnEvent[]): unknown => {
  const on = projection.on as Readonly<Record<string, Fold | undefined>>;
  return events.reduce<unknown>((row, event) => {
    const fold = on[event.type];
    return fold === undefined ? row : fold(row, event);
  }, undefined);
};

describe('the view of sessions', () => {
  const row = {
    sessionId,
    agentId,
    declaredIntent: 'read the report',
    authorizedTools: ['read_file'],
    authorizedCredentials: [],
    status: 'active',
    callsMade: 0,
    callBudget: 3,
    rateLimit: null,
    sensitivityCeiling: 'internal',
    timeLimitSecs: 60,
    createdAt: at('10:00:00'),
    expiresAt: at('10:01:00'),
    endedAt: null,
    deniedAttempts: 0,
  };

  it('shows a session as it was opened', () => {
    expect(sessionProjection.key(opened)).toBe(sessionId);
    expect(rowAfter(sessionProjection, [opened])).toEqual(row);
  });

  it('counts calls, and what was denied even where it was charged', () => {
    expect(rowAfter(sessionProjection, [opened, called, refused])).toEqual({
      ...row,
      callsMade: 2,
      deniedAttempts: 1,
    });
  });

  it('shows how it ended, the last word last', () => {
    const expired = [opened, ended('expired', '10:01:30')];
    expect(rowAfter(sessionProjection, expired)).toEqual({
      ...row,
      status: 'expired',
      endedAt: at('10:01:30'),
    });
    expect(rowAfter(sessionProjection, [...expired, ended('closed', '10:02:00')])).toEqual({
      ...row,
      status: 'closed',
      endedAt: at('10:02:00'),
    });
  });

  it('has no row for a session whose opening was erased', () => {
    const rest = [called, refused, ended('closed', '10:02:00')];
    expect(rowAfter(sessionProjection, rest)).toBeUndefined();
  });
});

describe('the view of slots', () => {
  it.each([
    ['admitted', [admitted]],
    ['open', [admitted, opened, called]],
    ['ended', [admitted, opened, ended('expired', '10:02:00')]],
  ])('shows a slot that is %s', (state, events) => {
    expect(rowAfter(sessionSlotProjection, events)).toEqual({ sessionId, agentId, state });
  });

  it('shows no slot that was given back, whatever comes after', () => {
    expect(rowAfter(sessionSlotProjection, [admitted, released])).toBeUndefined();
    expect(rowAfter(sessionSlotProjection, [admitted, released, opened])).toBeUndefined();
    expect(sessionSlotProjection.key(released)).toBe(sessionId);
  });
});
