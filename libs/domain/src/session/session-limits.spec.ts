import { deciderSpec } from '@arbiter/testing';
import type { DecisionFacts, JudgedCall, RefusalCode } from '../kernel/call-record';
import type { AgentId, CallId, Instant, SessionId } from '../kernel/values';
import type { AuthorizeCalls, PolicyRefusal, SessionTerms } from './session.commands';
import { sessionDecider } from './session.decider';
import { sessionNotFound } from './session.errors';
import {
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
const toolCall = (tool = 'read_file'): JudgedCall => ({
  method: 'tools/call',
  tool,
  uri: null,
  arguments: null,
  argumentsDigest: null,
  free: false,
  policyId: 'reads',
});
const freeCall: JudgedCall = { ...toolCall(), method: 'tools/list', tool: null, free: true };
const facts: DecisionFacts = {
  trustLevel: 'basic',
  agentStatus: 'active',
  principal: '',
  policySetDigest: 'd',
};
const denied: PolicyRefusal = { code: 'policy.denied', policyId: 'p', reason: 'no' };

const authorize = (
  calls: readonly JudgedCall[],
  more: Partial<Omit<AuthorizeCalls, 'type'>> = {},
): AuthorizeCalls => ({
  type: 'AuthorizeCalls',
  sessionId,
  callId,
  agentId,
  calls,
  facts,
  refusal: null,
  at: at('10:00:01'),
  ...more,
});

/** What a decision on this command says besides its counters. */
const decisionOf = ({ calls, agentId: caller }: AuthorizeCalls) => ({
  sessionId,
  callId,
  agentId: caller,
  calls,
  facts,
});
const first = { rateWindowStartedAt: at('10:00:00') } as const;
const made = (callsMade: number) =>
  ToolCallAuthorized.of(
    {
      ...decisionOf(authorize([toolCall()])),
      charged: 1,
      callsMade,
      callBudget: 3,
      ...first,
      rateWindowCalls: callsMade,
    },
    at('10:00:01'),
  );
/** A refusal that costs nothing leaves every counter as it was. */
const refused = (
  command: AuthorizeCalls,
  objection: { readonly code: RefusalCode; readonly reason: string },
  counters: object = {},
) =>
  CallRefused.of(
    {
      ...decisionOf(command),
      charged: 0,
      callsMade: 0,
      callBudget: 3,
      ...first,
      rateWindowCalls: 0,
      policyId: null,
      ...objection,
      ...counters,
    },
    command.at,
  );
const ended = (reason: 'closed' | 'expired') =>
  SessionEnded.of({ sessionId, agentId, reason }, at('10:02:00'));

const BUDGET = { code: 'session.budget-exhausted', reason: 'call budget is exhausted' } as const;
const RATE = {
  code: 'session.rate-limited',
  reason: 'rate limit of this session exceeded',
} as const;
const CLOSED = { code: 'session.closed', reason: 'session is closed' } as const;
const EXPIRED = { code: 'session.expired', reason: 'session has expired' } as const;
const ANOTHER = {
  code: 'session.of-another',
  reason: 'session does not belong to this agent',
} as const;
const NOT_LISTED = {
  code: 'session.tool-not-authorized',
  reason: "tool 'delete_file' is not authorized",
} as const;

describe('A session judges calls (§4.3 S7)', () => {
  const call = authorize([toolCall()]);

  it('and charges what it lets through', () => {
    given(openedOn()).when(call).then(made(1));
    given(openedOn(), made(1), made(2)).when(call).then(made(3));
  });

  it('row 3: an unknown session', () => {
    given().when(call).thenRefused(sessionNotFound);
  });

  it('row 4: one of another agent, whatever else is wrong with it', () => {
    const stranger = authorize([toolCall()], { agentId: sessionId as string as AgentId });
    given(openedOn()).when(stranger).then(refused(stranger, ANOTHER));
    given(openedOn(), ended('closed')).when(stranger).then(refused(stranger, ANOTHER));
  });

  it('row 5: one that is closed, though its time is up as well', () => {
    const late = authorize([toolCall()], { at: at('10:05:00') });
    given(openedOn(), ended('closed')).when(late).then(refused(late, CLOSED));
    given(openedOn(), ended('expired'), ended('closed')).when(late).then(refused(late, CLOSED));
  });

  it('row 6: one whose time is up, from the instant after its deadline on', () => {
    const just = authorize([toolCall()], { at: at('10:01:00') });
    const late = authorize([toolCall()], { at: '2026-01-01T10:01:00.001Z' as Instant });
    given(openedOn({ callBudget: 1 }))
      .when(late)
      .then(refused(late, EXPIRED, { callBudget: 1 }));
    given(openedOn(), ended('expired')).when(just).then(refused(just, EXPIRED));
    const window = { rateWindowStartedAt: at('10:01:00'), rateWindowCalls: 1 };
    const counters = { charged: 1, callsMade: 1, callBudget: 3, ...window };
    given(openedOn())
      .when(just)
      .then(ToolCallAuthorized.of({ ...decisionOf(just), ...counters }, just.at));
  });

  it('row 7: one whose budget does not cover the whole request', () => {
    const spent = { callsMade: 2, rateWindowCalls: 2 };
    const batch = authorize([toolCall(), toolCall('delete_file')]);
    given(openedOn({ authorizedTools: ['read_file'] }), made(1), made(2))
      .when(batch)
      .then(refused(batch, BUDGET, spent));
    given(openedOn(), made(1), made(2), made(3))
      .when(call)
      .then(refused(call, BUDGET, { callsMade: 3, rateWindowCalls: 3 }));
  });

  it('row 8: a tool that is not on the list, before the rate', () => {
    const only = { authorizedTools: ['read_file', '*'], rateLimit: 0 };
    const batch = authorize([toolCall(), toolCall('delete_file')]);
    given(openedOn(only)).when(batch).then(refused(batch, NOT_LISTED));
    const other = authorize([toolCall('READ_FILE')]);
    given(openedOn(only))
      .when(other)
      .then(refused(other, { ...NOT_LISTED, reason: "tool 'READ_FILE' is not authorized" }));
  });

  it('row 8: a method that is not on the list, when it has to be paid for', () => {
    const listing = authorize([{ ...freeCall, free: false }]);
    given(openedOn({ authorizedTools: ['read_file'] }))
      .when(listing)
      .then(refused(listing, { ...NOT_LISTED, reason: "tool 'tools/list' is not authorized" }));
    const counters = { charged: 1, callsMade: 1, callBudget: 3, ...first, rateWindowCalls: 1 };
    given(openedOn({ authorizedTools: ['tools/list'] }))
      .when(listing)
      .then(ToolCallAuthorized.of({ ...decisionOf(listing), ...counters }, listing.at));
  });

  it('row 9: more calls than the window allows', () => {
    given(openedOn({ rateLimit: 1 }), made(1))
      .when(call)
      .then(refused(call, RATE, { callsMade: 1, rateWindowCalls: 1 }));
    const batch = authorize([toolCall(), toolCall()]);
    given(openedOn({ rateLimit: 1 }))
      .when(batch)
      .then(refused(batch, RATE));
  });

  it('row 9: a new window begins with the first call at or after the end of the last', () => {
    const last = authorize([toolCall()], { at: '2026-01-01T10:00:09.999Z' as Instant });
    given(openedOn({ rateLimit: 1 }), made(1))
      .when(last)
      .then(refused(last, RATE, { callsMade: 1, rateWindowCalls: 1 }));
    const next = authorize([toolCall()], { at: at('10:00:10') });
    const window = { rateWindowStartedAt: at('10:00:10'), rateWindowCalls: 1 };
    const counters = { charged: 1, callsMade: 2, callBudget: 3 };
    given(openedOn({ rateLimit: 1 }), made(1))
      .when(next)
      .then(ToolCallAuthorized.of({ ...decisionOf(next), ...counters, ...window }, at('10:00:10')));
    const tooMany = authorize([toolCall(), toolCall()], { at: at('10:00:10') });
    given(openedOn({ rateLimit: 1 }), made(1))
      .when(tooMany)
      .then(refused(tooMany, RATE, { callsMade: 1, rateWindowCalls: 1 }));
  });

  it('a batch as a whole', () => {
    const batch = authorize([toolCall(), freeCall, toolCall()]);
    const counters = { charged: 2, callsMade: 2, callBudget: 3, ...first, rateWindowCalls: 2 };
    given(openedOn())
      .when(batch)
      .then(ToolCallAuthorized.of({ ...decisionOf(batch), ...counters }, batch.at));
  });

  it('and keeps the charge when a policy refuses what the limits let through', () => {
    const call = authorize([toolCall()], { refusal: denied });
    const kept = refused(call, denied, { charged: 1, callsMade: 1, rateWindowCalls: 1 });
    given(openedOn()).when(call).then(kept);
    given(openedOn({ callBudget: 1 }), kept)
      .when(call)
      .then(refused(call, BUDGET, { callBudget: 1, callsMade: 1, rateWindowCalls: 1 }));
  });

  it('and the limits speak before the policies', () => {
    const call = authorize([toolCall('delete_file')], { refusal: denied });
    given(openedOn({ authorizedTools: ['read_file'] }))
      .when(call)
      .then(refused(call, NOT_LISTED));
  });
});

describe('The MCP lifecycle (D4)', () => {
  const listing = authorize([freeCall]);
  const free = LifecycleCallAuthorized.of(decisionOf(listing), listing.at);

  it('costs nothing, needs no entry in a list and is never too often', () => {
    given(openedOn({ authorizedTools: ['read_file'], rateLimit: 0 }))
      .when(listing)
      .then(free);
    given(openedOn(), made(1), made(2), made(3)).when(listing).then(free);
  });

  it('needs a session that is usable', () => {
    given(openedOn(), ended('closed')).when(listing).then(refused(listing, CLOSED));
    const late = authorize([freeCall], { at: at('10:05:00') });
    given(openedOn()).when(late).then(refused(late, EXPIRED));
  });

  it('can be refused by policy, free of charge', () => {
    const call = authorize([freeCall], { refusal: denied });
    given(openedOn()).when(call).then(refused(call, denied));
  });
});
