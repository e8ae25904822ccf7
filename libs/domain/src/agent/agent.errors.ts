import { domainError } from '../kernel/errors';

export const agentExists = domainError('agent.exists', 'conflict', 'agent already exists');
export const agentNotFound = domainError('agent.not-found', 'not-found', 'agent not found');
export const agentDeactivated = domainError(
  'agent.deactivated',
  'invalid',
  'agent has been deactivated',
);
export const agentAlreadyDeactivated = domainError(
  'agent.already-deactivated',
  'conflict',
  'agent is already deactivated',
);
export const tooManySessions = domainError(
  'agent.too-many-sessions',
  'exhausted',
  'too many concurrent sessions for this agent',
);
export const profileTooLong = domainError(
  'agent.profile-too-long',
  'invalid',
  'owner and model take at most 256 characters, capabilities at most 64 of 128 characters',
);
