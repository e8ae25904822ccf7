import { AgentDeactivated, AgentRegistered, type AgentId, type Instant } from '@arbiter/domain';
import { agentProjection } from './agent.projection';

const agentId = '00000000-0000-4000-8000-00000000000a' as AgentId;
const at = '2026-01-01T10:00:00.000Z' as Instant;
const profile = {
  owner: 'alice',
  model: 'm',
  capabilities: ['read'],
  trustLevel: 'basic',
  expiresAt: null,
} as const;
const registered = AgentRegistered.of({ agentId, ...profile }, at);
const deactivated = AgentDeactivated.of({ agentId, sessionIds: [] }, at);
const fold = agentProjection.on as Record<string, (row: unknown, event: unknown) => unknown>;

describe('the view of agents', () => {
  it('keeps one row an agent', () => {
    expect(agentProjection.key(registered)).toBe(agentId);
    expect(agentProjection.key(deactivated)).toBe(agentId);
  });

  it('shows an agent as it was registered, and whether it is still active', () => {
    const row = fold['agent.registered']?.(undefined, registered);
    expect(row).toEqual({ agentId, ...profile, createdAt: at, active: true });
    expect(fold['agent.deactivated']?.(row, deactivated)).toEqual({
      agentId,
      ...profile,
      createdAt: at,
      active: false,
    });
  });

  it('has no row for an agent whose registration was erased', () => {
    expect(fold['agent.deactivated']?.(undefined, deactivated)).toBeUndefined();
  });
});
