import { deciderSpec } from '@arbiter/testing';
import fc from 'fast-check';
import type { Json } from '../kernel/event';
import type { AgentId, Instant, SessionId } from '../kernel/values';
import type { AgentCommand, AgentProfile } from './agent.commands';
import { agentDecider, hasExpired } from './agent.decider';
import {
  agentAlreadyDeactivated,
  agentDeactivated,
  agentExists,
  agentNotFound,
  profileTooLong,
  tooManySessions,
} from './agent.errors';
import {
  AgentDeactivated,
  AgentRegistered,
  AgentSessionAdmitted,
  AgentSessionReleased,
  AgentTokenIssued,
  type AgentEvent,
} from './agent.events';

const { given } = deciderSpec(agentDecider);
const agentId = '00000000-0000-4000-8000-00000000000a' as AgentId;
const session = (n: number) =>
  `00000000-0000-4000-8000-${String(n).padStart(12, '0')}` as SessionId;
const at = (clock: string) => `2026-01-01T${clock}:00.000Z` as Instant;

const profile: AgentProfile = {
  owner: 'alice',
  model: 'm',
  capabilities: ['read'],
  trustLevel: 'basic',
  expiresAt: null,
};
const register = {
  type: 'RegisterAgent',
  agentId,
  profile,
  firstToken: null,
  at: at('10:00'),
} as const;
const registered = AgentRegistered.of({ agentId, ...profile }, at('10:00'));
const passing = AgentRegistered.of({ agentId, ...profile, expiresAt: at('11:00') }, at('10:00'));
const admitted = (n: number) =>
  AgentSessionAdmitted.of({ agentId, sessionId: session(n) }, at('10:01'));
const released = (n: number) =>
  AgentSessionReleased.of({ agentId, sessionId: session(n) }, at('10:02'));
const deactivated = AgentDeactivated.of({ agentId, sessionIds: [] }, at('10:05'));

const issue = (clock: string) =>
  ({
    type: 'IssueAgentToken',
    agentId,
    tokenId: 't',
    sessionId: null,
    expiresAt: at('12:00'),
    at: at(clock),
  }) as const;
const admit = (n: number, concurrentMax: number | null, clock = '10:10') =>
  ({ type: 'AdmitSession', agentId, sessionId: session(n), concurrentMax, at: at(clock) }) as const;
const release = (n: number) =>
  ({ type: 'ReleaseSession', agentId, sessionId: session(n), at: at('10:20') }) as const;
const deactivate = { type: 'DeactivateAgent', agentId, at: at('10:30') } as const;

describe('An agent', () => {
  it('is registered once', () => {
    given().when(register).then(registered);
    given(registered).when(register).thenRefused(agentExists);
  });

  it('gets its first token in the same step', () => {
    const firstToken = { tokenId: 't', expiresAt: at('11:00') };
    const issued = AgentTokenIssued.of({ agentId, sessionId: null, ...firstToken }, at('10:00'));
    given()
      .when({ ...register, firstToken })
      .then(registered, issued);
  });

  it('may have expired before it is registered (§3.2)', () => {
    const expired = { ...profile, expiresAt: at('09:00') };
    given()
      .when({ ...register, profile: expired })
      .then(AgentRegistered.of({ agentId, ...expired }, at('10:00')));
  });

  it.each([
    ['owner', { owner: 'x'.repeat(257) }],
    ['model', { model: 'x'.repeat(257) }],
    ['list of capabilities', { capabilities: Array<string>(65).fill('x') }],
    ['capability', { capabilities: ['x'.repeat(129)] }],
  ])('does not have a %s that is too long', (_, long) => {
    given()
      .when({ ...register, profile: { ...profile, ...long } })
      .thenRefused(profileTooLong);
  });

  it('may use every length up to the limit', () => {
    const longest = {
      ...profile,
      owner: 'x'.repeat(256),
      model: 'x'.repeat(256),
      capabilities: Array<string>(64).fill('x'.repeat(128)),
    };
    given()
      .when({ ...register, profile: longest })
      .then(AgentRegistered.of({ agentId, ...longest }, at('10:00')));
  });

  describe('gets a token', () => {
    it('while it is usable', () => {
      const issued = { agentId, tokenId: 't', sessionId: null, expiresAt: at('12:00') };
      given(registered)
        .when(issue('10:10'))
        .then(AgentTokenIssued.of(issued, at('10:10')));
      given(passing)
        .when(issue('11:00'))
        .then(AgentTokenIssued.of(issued, at('11:00')));
    });

    it('unless it is unknown, has expired or was deactivated', () => {
      given().when(issue('10:10')).thenRefused(agentNotFound);
      given(passing).when(issue('11:01')).thenRefused(agentNotFound);
      given(registered, deactivated).when(issue('10:10')).thenRefused(agentDeactivated);
    });

    it('and who has expired is gone, deactivated or not', () => {
      given(passing, deactivated).when(issue('11:01')).thenRefused(agentNotFound);
    });
  });

  describe('admits sessions (§3.5)', () => {
    it('as long as there is a slot', () => {
      given(registered, admitted(1))
        .when(admit(2, 2))
        .then(AgentSessionAdmitted.of({ agentId, sessionId: session(2) }, at('10:10')));
      given(registered, admitted(1), admitted(2)).when(admit(3, 2)).thenRefused(tooManySessions);
    });

    it('again after one was released', () => {
      given(registered, admitted(1), released(1))
        .when(admit(2, 1))
        .then(AgentSessionAdmitted.of({ agentId, sessionId: session(2) }, at('10:10')));
    });

    it('none under a cap of 0, any number without a cap', () => {
      given(registered).when(admit(1, 0)).thenRefused(tooManySessions);
      given(registered, admitted(1), admitted(2))
        .when(admit(3, null))
        .then(AgentSessionAdmitted.of({ agentId, sessionId: session(3) }, at('10:10')));
    });

    it('and the agent is judged before the cap', () => {
      given().when(admit(1, 0)).thenRefused(agentNotFound);
      given(passing)
        .when(admit(1, 0, '11:01'))
        .thenRefused(agentNotFound);
      given(registered, deactivated).when(admit(1, 0)).thenRefused(agentDeactivated);
    });
  });

  it('releases a slot once, however often it is asked', () => {
    const gone = AgentSessionReleased.of({ agentId, sessionId: session(1) }, at('10:20'));
    given(registered, admitted(1)).when(release(1)).then(gone);
    given(registered, admitted(1), gone).when(release(1)).thenNothing();
    given(registered).when(release(1)).thenNothing();
    given().when(release(1)).thenNothing();
    given(registered, admitted(1), deactivated).when(release(1)).then(gone);
  });

  it('is deactivated once, and names the sessions that it held', () => {
    given(registered, admitted(1), admitted(2), released(1))
      .when(deactivate)
      .then(AgentDeactivated.of({ agentId, sessionIds: [session(2)] }, at('10:30')));
    given(registered, deactivated).when(deactivate).thenRefused(agentAlreadyDeactivated);
    given().when(deactivate).thenRefused(agentNotFound);
  });

  it('stays absent when the record of its registration was erased', () => {
    given(admitted(1), deactivated).when(issue('10:10')).thenRefused(agentNotFound);
  });

  it('is usable at the instant at which it expires', () => {
    expect(hasExpired({ expiresAt: at('11:00') }, at('11:00'))).toBe(false);
    expect(hasExpired({ expiresAt: at('11:00') }, at('11:01'))).toBe(true);
    expect(hasExpired({ expiresAt: null }, at('11:01'))).toBe(false);
  });

  it('never holds more slots than the cap, whatever happens', () => {
    const command = fc.oneof(
      fc.integer({ min: 1, max: 9 }).map((n) => admit(n, 3)),
      fc.integer({ min: 1, max: 9 }).map(release),
    );
    fc.assert(
      fc.property(fc.array(command, { maxLength: 60 }), (commands) => {
        const final = commands.reduce<typeof agentDecider.initial>(
          (agent, each: AgentCommand) => {
            const next = decided(agent, each).reduce<typeof agent>(
              (state, event) => agentDecider.evolve(state, event),
              agent,
            );
            expect(next).toHaveProperty('status', 'active');
            return next;
          },
          agentDecider.evolve(agentDecider.initial, registered),
        );
        expect(final.status === 'active' && final.sessionIds.length).toBeLessThanOrEqual(3);
      }),
    );
  });
});

const decided = (
  agent: typeof agentDecider.initial,
  command: AgentCommand,
): readonly AgentEvent[] => {
  try {
    return agentDecider.decide(command, agent);
  } catch {
    return [];
  }
};

describe('the events of an agent', () => {
  it.each([registered, passing, admitted(1), released(1), deactivated])(
    'survive being stored: $type',
    (event) => {
      const definition = {
        'agent.registered': AgentRegistered,
        'agent.session-admitted': AgentSessionAdmitted,
        'agent.session-released': AgentSessionReleased,
        'agent.deactivated': AgentDeactivated,
      }[event.type];
      const stored = JSON.parse(JSON.stringify(definition.encode(event.data))) as Json;
      expect(definition.decode(stored, 1, event.at)).toEqual(event);
    },
  );
});
