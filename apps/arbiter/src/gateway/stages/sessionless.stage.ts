import { Decisions } from '@arbiter/audit';
import {
  agentDecider,
  isOverdue,
  parseUuid,
  sessionDecider,
  type AgentId,
  type Session,
} from '@arbiter/domain';
import { Injectable } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { PolicySets } from '../../policies/policy-sets';
import { AuthorizeSessionlessCall } from '../commands/authorize-sessionless-call.command';
import { RecordCall } from '../commands/record-call.command';
import { GatewayRefusal, refusalOf, sessionInvalid, translating } from '../gateway.errors';
import type { Passage } from '../passage';
import { recordedPath, type RequestContext } from '../request-context';
import type { Identity, LooseBinding } from './identity.stage';
import type { Received } from './intake.stage';
import { requireIdentity } from './mcp.stage';
import { ToolLists } from './tool-lists';

/** What passes without being charged to a session, because the operator configured it so. */
@Injectable()
export class SessionlessStage {
  constructor(
    private readonly commands: CommandBus,
    private readonly decisions: Decisions,
    private readonly policies: PolicySets,
    private readonly toolLists: ToolLists,
  ) {}

  hasPolicies(): boolean {
    return this.policies.current().source !== 'none';
  }

  /** S8 with `require_session = false`. */
  async passByPolicy(context: RequestContext, received: Received): Promise<Passage> {
    const { body, identity } = received;
    const agentId = requireIdentity(identity);
    const { callId: id, at, method: httpMethod, delegationHeader } = context;
    const call = { id, at, httpMethod, path: recordedPath(context) };
    const { refusal, calls, facts } = await translating(() =>
      this.commands.execute(
        new AuthorizeSessionlessCall(agentId, received, delegationHeader, call),
      ),
    );
    if (refusal !== null) {
      const { code, reason, policyId } = refusal;
      throw refusalOf(code, reason, policyId).about({ calls, agentId, policyId, facts });
    }
    return { ...unmetered(identity), body, isJudged: true, agent: agentId };
  }

  /**
   * S6.2 and S6.3: no policy looks at these, so each is recorded as let through unjudged. One that
   * names a session passes only while the session can be used.
   */
  passUnjudged(
    context: RequestContext,
    { body, identity }: Received,
    binding: LooseBinding | null,
  ): Promise<Passage> {
    return translating(async () => {
      if (binding !== null) await this.requireUsable(binding, context);
      // A resumed stream may replay the answer to an earlier tools/list.
      const visible = binding === null ? null : await this.toolLists.visibleIn(binding, context);
      await this.record(context, identity, binding);
      return { ...unmetered(identity), body, visible };
    });
  }

  private async requireUsable(
    { sessionId, agentId }: LooseBinding,
    context: RequestContext,
  ): Promise<void> {
    const session = await this.decisions.stateOf(sessionDecider, `session/${sessionId}`);
    const objection = objectionTo(session, agentId, context);
    if (objection !== undefined) throw new GatewayRefusal(sessionInvalid(...objection));
    if (agentId === null) return;
    const agent = await this.decisions.stateOf(agentDecider, `agent/${agentId}`);
    if (agent.status === 'deactivated')
      throw refusalOf('policy.denied', 'the agent is deactivated', null);
  }

  private async record(
    context: RequestContext,
    { agent }: Identity,
    binding: LooseBinding | null,
  ): Promise<void> {
    const { callId, at, method: httpMethod } = context;
    const facts = {
      httpMethod,
      path: recordedPath(context),
      basis: httpMethod === 'POST' ? ('not-mcp' as const) : ('not-post' as const),
      agentId: ((agent === null ? undefined : parseUuid(agent)) ?? null) as AgentId | null,
      sessionId: binding?.sessionId ?? null,
      calls: [],
      facts: null,
    };
    await this.commands.execute(new RecordCall({ type: 'AuthorizeCall', callId, facts, at }));
  }
}

const unmetered = ({ agent, hasOwnToken }: Identity): Omit<Passage, 'body'> => ({
  isJudged: false,
  agent,
  sessionId: null,
  usage: null,
  visible: null,
  hasOwnToken,
});

/** S6.2 answers an unknown session with 404: here nothing is charged that could be probed for. */
const objectionTo = (
  session: Session,
  agentId: AgentId | null,
  { at }: RequestContext,
): readonly [status: number, reason: string] | undefined => {
  if (session.status === 'absent') return [404, 'session not found'];
  if (agentId !== null && session.agentId !== agentId)
    return [403, 'session does not belong to this agent'];
  if (session.status === 'closed') return [410, 'session is closed'];
  if (session.status === 'expired' || isOverdue(session, at)) return [408, 'session has expired'];
  return undefined;
};
