import type { Decider } from '../kernel/decider';
import type { Instant, SessionId } from '../kernel/values';
import type { AgentCommand, AgentProfile } from './agent.commands';
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

const NAME_CHARACTERS_MAX = 256;
const CAPABILITIES_MAX = 64;
const CAPABILITY_CHARACTERS_MAX = 128;

export interface KnownAgent extends AgentProfile {
  readonly status: 'active' | 'deactivated';
  /** Sessions that hold one of the agent's slots: opened or about to be, and not yet ended. */
  readonly sessionIds: readonly SessionId[];
}

export type Agent = { readonly status: 'absent' } | KnownAgent;

export const agentDecider: Decider<Agent, AgentCommand, AgentEvent> = {
  initial: { status: 'absent' },
  revision: 1,

  decide(command, agent) {
    const { agentId, at } = command;
    switch (command.type) {
      case 'RegisterAgent':
        if (agent.status !== 'absent') throw agentExists({ agentId });
        return register(command);
      case 'IssueAgentToken': {
        usable(agent, at);
        const { tokenId, sessionId, expiresAt } = command;
        return [AgentTokenIssued.of({ agentId, tokenId, sessionId, expiresAt }, at)];
      }
      case 'AdmitSession': {
        const { sessionIds } = usable(agent, at);
        if (sessionIds.length >= (command.concurrentMax ?? Infinity)) throw tooManySessions();
        return [AgentSessionAdmitted.of({ agentId, sessionId: command.sessionId }, at)];
      }
      case 'ReleaseSession':
        if (!holdsSlot(agent, command.sessionId)) return [];
        return [AgentSessionReleased.of({ agentId, sessionId: command.sessionId }, at)];
      case 'DeactivateAgent':
        if (agent.status === 'absent') throw agentNotFound({ agentId });
        if (agent.status === 'deactivated') throw agentAlreadyDeactivated({ agentId });
        return [AgentDeactivated.of({ agentId, sessionIds: agent.sessionIds }, at)];
    }
  },

  evolve(agent, { type, data }) {
    if (type === 'agent.registered') {
      const { agentId: _, ...profile } = data;
      return { ...profile, status: 'active', sessionIds: [] };
    }
    if (agent.status === 'absent') return agent;
    switch (type) {
      case 'agent.token-issued':
        return agent;
      case 'agent.session-admitted':
        return { ...agent, sessionIds: [...agent.sessionIds, data.sessionId] };
      case 'agent.session-released':
        return { ...agent, sessionIds: agent.sessionIds.filter((id) => id !== data.sessionId) };
      case 'agent.deactivated':
        return { ...agent, status: 'deactivated' };
    }
  },
};

const register = ({
  agentId,
  profile,
  firstToken,
  at,
}: Extract<AgentCommand, { type: 'RegisterAgent' }>): readonly AgentEvent[] => {
  if (isTooLong(profile)) throw profileTooLong();
  const registered = AgentRegistered.of({ agentId, ...profile }, at);
  // Also for an agent that has expired already, which is accepted and unusable (spec §3.2).
  return firstToken === null
    ? [registered]
    : [registered, AgentTokenIssued.of({ agentId, sessionId: null, ...firstToken }, at)];
};

const holdsSlot = (agent: Agent, sessionId: SessionId): boolean =>
  agent.status !== 'absent' && agent.sessionIds.includes(sessionId);

/** Spec §3.5: unknown and expired look alike, a deactivated agent is told so. */
const usable = (agent: Agent, at: Instant): KnownAgent => {
  if (agent.status === 'absent' || hasExpired(agent, at)) throw agentNotFound();
  if (agent.status === 'deactivated') throw agentDeactivated();
  return agent;
};

export const hasExpired = (agent: Pick<AgentProfile, 'expiresAt'>, at: Instant): boolean =>
  agent.expiresAt !== null && Date.parse(at) > Date.parse(agent.expiresAt);

const isTooLong = ({ owner, model, capabilities }: AgentProfile): boolean =>
  owner.length > NAME_CHARACTERS_MAX ||
  model.length > NAME_CHARACTERS_MAX ||
  capabilities.length > CAPABILITIES_MAX ||
  capabilities.some((capability) => capability.length > CAPABILITY_CHARACTERS_MAX);
