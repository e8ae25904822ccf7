import {
  AgentDeactivated,
  AgentRegistered,
  AgentSessionAdmitted,
  SessionOpened,
  type AgentId,
  type SessionId,
} from '@arbiter/domain';
import { START, startControlPlane } from './control-plane.harness';

describe('after a crash', () => {
  const agentId = '7b7a1bd0-5f0e-4a52-9d53-3b8b0a4f9c11' as AgentId;
  const sessionId = '7b7a1bd0-5f0e-4a52-9d53-3b8b0a4f9c12' as SessionId;
  const context = { actor: { kind: 'admin', id: 'default' }, correlation: 'before' } as const;
  const profile = {
    owner: 'alice',
    model: 'm',
    capabilities: [],
    trustLevel: 'basic',
    expiresAt: null,
  } as const;
  const terms = {
    agentId,
    declaredIntent: 'x',
    delegationChain: [],
    authorizedTools: [],
    authorizedCredentials: [],
    callBudget: 5,
    timeLimitSecs: 60,
    rateLimit: null,
    rateWindowSecs: 60,
    sensitivityCeiling: 'internal',
  } as const;
  const registered = AgentRegistered.of({ agentId, ...profile }, START);
  const admitted = AgentSessionAdmitted.of({ agentId, sessionId }, START);

  it('gives back the slot of a session that never opened', async () => {
    const arbiter = await startControlPlane({
      arrange: async (store) => {
        await store.append(`agent/${agentId}`, 0, [registered, admitted], context);
      },
    });
    const { event } = await arbiter.recorded('agent.session-released');
    expect(event?.data).toEqual({ agentId, sessionId });
    await arbiter.stop();
  });

  it('closes the sessions of an agent that was deactivated', async () => {
    const arbiter = await startControlPlane({
      arrange: async (store) => {
        const deactivated = AgentDeactivated.of({ agentId, sessionIds: [sessionId] }, START);
        await store.append(`agent/${agentId}`, 0, [registered, admitted], context);
        const opened = SessionOpened.of({ sessionId, ...terms }, START);
        await store.append(`session/${sessionId}`, 0, [opened], context);
        await store.append(`agent/${agentId}`, 2, [deactivated], context);
      },
    });
    const { event } = await arbiter.recorded('session.ended');
    expect(event?.data).toEqual({ sessionId, agentId, reason: 'closed' });
    await arbiter.recorded('agent.session-released');
    await arbiter.stop();
  });
});
