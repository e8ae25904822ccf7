import { deciderSpec } from '@arbiter/testing';
import type { DecisionFacts, JudgedCall } from '../kernel/call-record';
import type { AgentId, CallId, Instant, SessionId } from '../kernel/values';
import type { SessionTerms } from './session.commands';
import { sessionDecider } from './session.decider';
import {
  budgetNotPositive,
  budgetTooLarge,
  intentEmpty,
  intentTooLong,
  rateWindowNotPositive,
  rateWindowTooLong,
  rateWindowTooShort,
  sessionClosed,
  sessionExists,
  sessionNotFound,
  timeLimitNotPositive,
  timeLimitTooLong,
} from './session.errors';
import {
  CallCompleted,
  CallRefused,
  LifecycleCallAuthorized,
  SessionEnded,
  SessionOpened,
  ToolCallAuthorized,
} from './session.events';

const { given } = deciderSpec(sessionDecider);
const sessionId = '00000000-0000-4000-8000-000000000001' as SessionId;
const agentId = '00000000-0000-4000-8000-00000000000a' as AgentId;
const callId = '00000000-0000-7000-8000-0000000000ca' as CallId;
const at = (clock: string) => `2026-01-01T${clock}.000Z` as Instant;

const terms: SessionTerms = {
  agentId,
  declaredIntent: 'read the report',
  delegationChain: [],
  authorizedTools: [],
  authorizedCredentials: [],
  callBudget: 3,
  timeLimitSecs: 60,
  rateLimit: null,
  rateWindowSecs: 10,
  sensitivityCeiling: 'internal',
};
const openedOn = (more: Partial<SessionTerms> = {}) =>
  SessionOpened.of({ sessionId, ...terms, ...more }, at('10:00:00'));
const open = (more: Partial<SessionTerms> = {}) =>
  ({
    type: 'OpenSession',
    sessionId,
    terms: { ...terms, ...more },
    at: at('10:00:00'),
  }) as const;

const ended = (reason: 'closed' | 'expired', clock = '10:02:00') =>
  SessionEnded.of({ sessionId, agentId, reason }, at(clock));

describe('A session opens', () => {
  it('once', () => {
    given().when(open()).then(openedOn());
    given(openedOn()).when(open()).thenRefused(sessionExists);
    given(openedOn(), ended('closed')).when(open()).thenRefused(sessionExists);
  });

  it.each([
    [timeLimitNotPositive, { timeLimitSecs: 0 }],
    [timeLimitNotPositive, { timeLimitSecs: -1 }],
    [timeLimitTooLong, { timeLimitSecs: 86_401 }],
    [budgetNotPositive, { callBudget: 0 }],
    [budgetTooLarge, { callBudget: 1_000_001 }],
    [intentEmpty, { declaredIntent: ' \t\n' }],
    [intentTooLong, { declaredIntent: 'x'.repeat(513) }],
    [intentTooLong, { declaredIntent: '😀'.repeat(129) }],
    [rateWindowNotPositive, { rateWindowSecs: 0 }],
    [rateWindowTooShort, { rateWindowSecs: 9 }],
    [rateWindowTooLong, { rateWindowSecs: 3601 }],
  ])('on terms that make sense: $0.code for %j', (error, wrong) => {
    given().when(open(wrong)).thenRefused(error);
  });

  it.each([
    { timeLimitSecs: 1, callBudget: 1, rateWindowSecs: 10, declaredIntent: 'x' },
    {
      timeLimitSecs: 86_400,
      callBudget: 1_000_000,
      rateWindowSecs: 3600,
      declaredIntent: '😀'.repeat(128),
      rateLimit: 0,
    },
  ])('at the limits: %j', (limits) => {
    given().when(open(limits)).then(openedOn(limits));
  });

  it('and objects to time, budget, intent and window in this order (§3.5)', () => {
    const wrong = { timeLimitSecs: 0, callBudget: 0, declaredIntent: '', rateWindowSecs: 0 };
    given().when(open(wrong)).thenRefused(timeLimitNotPositive);
    given()
      .when(open({ ...wrong, timeLimitSecs: 1 }))
      .thenRefused(budgetNotPositive);
    given()
      .when(open({ ...wrong, timeLimitSecs: 1, callBudget: 1 }))
      .thenRefused(intentEmpty);
  });
});

describe('A call', () => {
  const toolCall: JudgedCall = {
    method: 'tools/call',
    tool: 'read_file',
    uri: null,
    arguments: null,
    argumentsDigest: null,
    free: false,
    policyId: 'reads',
  };
  const facts: DecisionFacts = {
    trustLevel: 'basic',
    agentStatus: 'active',
    principal: '',
    policySetDigest: 'd',
  };
  const decision = { sessionId, callId, agentId, calls: [toolCall], facts };
  const counters = {
    charged: 1,
    callsMade: 1,
    callBudget: 3,
    rateWindowStartedAt: at('10:00:00'),
    rateWindowCalls: 1,
  };
  const authorized = ToolCallAuthorized.of({ ...decision, ...counters }, at('10:00:01'));
  const free = LifecycleCallAuthorized.of(decision, at('10:00:01'));
  const objection = { code: 'policy.denied', policyId: 'p', reason: 'no' } as const;
  const refused = CallRefused.of({ ...decision, ...counters, ...objection }, at('10:00:01'));
  const completion = {
    outcome: 'answered',
    upstreamStatus: 200,
    durationMs: 7,
    requestBytes: 1,
    responseBytes: 2,
  } as const;
  const complete = {
    type: 'CompleteCall',
    sessionId,
    callId,
    completion,
    at: at('10:00:02'),
  } as const;
  const completed = CallCompleted.of({ sessionId, callId, ...completion }, at('10:00:02'));

  it('is completed once, free or not, and after the end too', () => {
    given(openedOn(), authorized).when(complete).then(completed);
    given(openedOn(), authorized, ended('closed')).when(complete).then(completed);
    given(openedOn(), free).when(complete).then(completed);
    given(openedOn(), authorized, completed).when(complete).thenNothing();
  });

  it('is not completed when it was never let through', () => {
    // The opening may have been erased while the call was open.
    given().when(complete).thenNothing();
    given(openedOn()).when(complete).thenNothing();
    given(openedOn(), refused).when(complete).thenNothing();
  });
});

describe('A session ends', () => {
  const close = { type: 'CloseSession', sessionId, at: at('10:02:00') } as const;
  const expire = (clock: string) => ({ type: 'ExpireSession', sessionId, at: at(clock) }) as const;

  it('when it is closed, once, expired or not', () => {
    given(openedOn()).when(close).then(ended('closed'));
    given(openedOn(), ended('expired')).when(close).then(ended('closed'));
    given(openedOn(), ended('closed')).when(close).thenRefused(sessionClosed);
    given().when(close).thenRefused(sessionNotFound);
  });

  it('when its time is up, once, however often it is asked', () => {
    given(openedOn()).when(expire('10:01:01')).then(ended('expired', '10:01:01'));
    given(openedOn()).when(expire('10:01:00')).thenNothing();
    given(openedOn(), ended('expired')).when(expire('10:05:00')).thenNothing();
    given(openedOn(), ended('closed')).when(expire('10:05:00')).thenNothing();
    given().when(expire('10:05:00')).thenRefused(sessionNotFound);
  });
});
