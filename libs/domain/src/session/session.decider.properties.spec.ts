import fc from 'fast-check';
import type { AgentId, CallId, Instant, SessionId } from '../kernel/values';
import type { SessionCommand, SessionTerms } from './session.commands';
import { sessionDecider } from './session.decider';
import type { SessionEvent } from './session.events';
import type { Session } from './session.state';

const sessionId = '00000000-0000-4000-8000-000000000001' as SessionId;
const agentId = '00000000-0000-4000-8000-00000000000a' as AgentId;
const stranger = '00000000-0000-4000-8000-00000000000b' as AgentId;
const START_MS = Date.parse('2026-01-01T10:00:00.000Z');
const at = (seconds: number) => new Date(START_MS + seconds * 1000).toISOString() as Instant;
const callId = fc
  .integer({ min: 0, max: 9 })
  .map((n) => `00000000-0000-7000-8000-00000000000${n}` as CallId);

const terms = fc.record({
  callBudget: fc.integer({ min: 1, max: 8 }),
  authorizedTools: fc.constantFrom([], ['a'], ['a', 'b']),
  rateLimit: fc.constantFrom(null, 0, 1, 3),
  timeLimitSecs: fc.integer({ min: 1, max: 40 }),
});
const openedOn = (more: Partial<SessionTerms>): SessionCommand => ({
  type: 'OpenSession',
  sessionId,
  at: at(0),
  terms: {
    agentId,
    declaredIntent: 'x',
    delegationChain: [],
    authorizedTools: [],
    authorizedCredentials: [],
    callBudget: 1,
    timeLimitSecs: 1,
    rateLimit: null,
    rateWindowSecs: 10,
    sensitivityCeiling: 'internal',
    ...more,
  },
});

const judgedCall = fc.record({
  method: fc.constant('tools/call'),
  tool: fc.constantFrom('a', 'b', 'c', null),
  uri: fc.constant(null),
  arguments: fc.constant(null),
  argumentsDigest: fc.constant(null),
  free: fc.boolean(),
  policyId: fc.constant(null),
});
const facts = {
  trustLevel: 'basic',
  agentStatus: 'active',
  principal: '',
  policySetDigest: null,
} as const;
const completion = {
  outcome: 'answered',
  upstreamStatus: 200,
  durationMs: 1,
  requestBytes: 0,
  responseBytes: 0,
} as const;

const authorization = fc.record({
  type: fc.constant('AuthorizeCalls' as const),
  callId,
  agentId: fc.constantFrom(agentId, agentId, agentId, stranger),
  calls: fc.array(judgedCall, { minLength: 1, maxLength: 4 }),
  facts: fc.constant(facts),
  refusal: fc.constantFrom(null, null, {
    code: 'policy.denied' as const,
    policyId: 'p',
    reason: 'no',
  }),
});
const other = fc.oneof(
  fc.record({
    type: fc.constant('CompleteCall' as const),
    callId,
    completion: fc.constant(completion),
  }),
  fc.record({ type: fc.constantFrom('CloseSession' as const, 'ExpireSession' as const) }),
);
/** Mostly calls; now and then something else. Time goes on, and sometimes stands still. */
const commands = fc.array(
  fc.tuple(
    fc.oneof({ weight: 8, arbitrary: authorization }, { weight: 1, arbitrary: other }),
    fc.integer({ min: 0, max: 6 }),
  ),
  { maxLength: 40 },
);

type Step = readonly [command: SessionCommand, events: readonly SessionEvent[], after: Session];

const play = (opening: SessionCommand, script: readonly SessionCommand[]): readonly Step[] => {
  let session = sessionDecider.initial;
  return [opening, ...script].map((command) => {
    const events = decided(command, session);
    session = events.reduce<Session>((s, event) => sessionDecider.evolve(s, event), session);
    return [command, events, session];
  });
};

const decided = (command: SessionCommand, session: Session): readonly SessionEvent[] => {
  try {
    return sessionDecider.decide(command, session);
  } catch {
    return []; // refused: nothing has happened
  }
};

const histories = fc.tuple(terms, commands).map(([more, script]) => {
  let seconds = 0;
  const timed = script.map(([command, pause]) => {
    seconds += pause;
    return { ...command, sessionId, at: at(seconds) };
  });
  return { more, steps: play(openedOn(more), timed) };
});

const costOf = ({ calls }: Extract<SessionCommand, { type: 'AuthorizeCalls' }>): number =>
  calls.filter(({ free }) => !free).length;

const isWhole = (cost: number, [decision, ...more]: readonly SessionEvent[]): boolean => {
  if (decision === undefined || more.length > 0) return more.length === 0;
  if (decision.type === 'session.tool-call-authorized') return decision.data.charged === cost;
  if (decision.type === 'session.lifecycle-call-authorized') return cost === 0;
  return decision.type === 'session.call-refused' && [0, cost].includes(decision.data.charged);
};

describe('Whatever happens to a session', () => {
  it('never more is charged than its budget, and the state says how much', () => {
    fc.assert(
      fc.property(histories, ({ more, steps }) => {
        let charged = 0;
        for (const [, events, session] of steps) {
          for (const { data } of events) if ('charged' in data) charged += data.charged;
          expect(session).toHaveProperty('callsMade', charged);
          expect(charged).toBeLessThanOrEqual(more.callBudget);
        }
      }),
    );
  });

  it('a request is let through and charged as a whole, or not at all', () => {
    fc.assert(
      fc.property(histories, ({ steps }) => {
        const wrong = steps.filter(
          ([command, events]) =>
            command.type === 'AuthorizeCalls' && !isWhole(costOf(command), events),
        );
        expect(wrong).toEqual([]);
      }),
    );
  });

  it('never more calls fall into one rate window than it allows', () => {
    fc.assert(
      fc.property(histories, ({ more, steps }) => {
        const byWindow = new Map<Instant, number>();
        for (const { data } of steps.flatMap(([, events]) => events)) {
          if (!('charged' in data) || data.charged === 0) continue;
          const { rateWindowStartedAt: window, charged } = data;
          byWindow.set(window, (byWindow.get(window) ?? 0) + charged);
        }
        for (const count of byWindow.values())
          expect(count).toBeLessThanOrEqual(more.rateLimit ?? Infinity);
      }),
    );
  });

  it('nothing is let through for another agent, after its end, or that is not on its list', () => {
    fc.assert(
      fc.property(histories, ({ more, steps }) => {
        let isOver = false;
        for (const [command, events] of steps) {
          for (const event of events) {
            if (event.type === 'session.ended') isOver = true;
            if (event.type !== 'session.tool-call-authorized') continue;
            expect(isOver).toBe(false);
            expect(event.data.agentId).toBe(agentId);
            expect(Date.parse(command.at)).toBeLessThanOrEqual(Date.parse(at(more.timeLimitSecs)));
            const paid = event.data.calls.filter(({ free }) => !free);
            const known = new Set<string | null>(more.authorizedTools);
            expect(known.size === 0 || paid.every(({ tool }) => known.has(tool))).toBe(true);
          }
        }
      }),
    );
  });

  it('the generated histories are not all refusals', () => {
    const types = fc
      .sample(histories, { numRuns: 200, seed: 1 })
      .flatMap(({ steps }) => steps.flatMap(([, events]) => events.map(({ type }) => type)));
    expect(new Set(types).size).toBe(6);
  });
});
