import { Decisions } from '@arbiter/audit';
import { isOverdue, parseUuid, sessionDecider, type AgentId, type Session } from '@arbiter/domain';
import { Injectable } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { PolicySets } from '../../policies/policy-sets';
import { AuthorizeSessionlessCall } from '../commands/authorize-sessionless-call.command';
import { RecordCall } from '../commands/record-call.command';
import { GatewayRefusal, refusalOf, sessionInvalid } from '../gateway.errors';
import type { Passage } from '../passage';
import { recordedPath, type RequestContext } from '../request-context';
import type { Binding, Identity } from './identity.stage';
import type { Received } from './intake.stage';
import { requireIdentity } from './mcp.stage';
import { translating } from './session.stage';
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
  async passByPolicy(
    context: RequestContext,
    { messages, body, identity }: Received,
  ): Promise<Passage> {
    const agentId = requireIdentity(identity);
    const { callId: id, at, method: httpMethod, delegationHeader } = context;
    const call = { id, at, httpMethod, path: recordedPath(context) };
    const refusal = await translating(() =>
      this.commands.execute(
        new AuthorizeSessionlessCall(agentId, messages, delegationHeader, call),
      ),
    );
    if (refusal !== null) {
      const { code, reason, policyId } = refusal;
      throw (
        refusalOf(code, reason, policyId) ?? new Error(`The gateway has no answer for ${code}.`)
      );
    }
    return { ...unmetered(identity), body };
  }

  /**
   * S6.2 and S6.3: no policy looks at these, so each is recorded as let through unjudged. One that
   * names a session passes only while the session can be used.
   */
  async passUnjudged(
    context: RequestContext,
    { body, identity }: Received,
    binding: Binding | null,
  ): Promise<Passage> {
    if (binding !== null) await this.requireUsable(binding, context);
    await this.record(context, identity);
    return {
      ...unmetered(identity),
      body,
      // A resumed stream may replay the answer to an earlier tools/list.
      visible: binding === null ? null : await this.toolLists.visibleIn(binding, context),
    };
  }

  private async requireUsable(
    { sessionId, agentId }: Binding,
    context: RequestContext,
  ): Promise<void> {
    const session = await this.decisions.stateOf(sessionDecider, `session/${sessionId}`);
    const objection = objectionTo(session, agentId, context);
    if (objection !== undefined) throw new GatewayRefusal(sessionInvalid(...objection));
  }

  private async record(context: RequestContext, { agent }: Identity): Promise<void> {
    const { callId, at, method: httpMethod } = context;
    const facts = {
      httpMethod,
      path: recordedPath(context),
      basis: httpMethod === 'POST' ? ('not-mcp' as const) : ('not-post' as const),
      agentId: ((agent === null ? undefined : parseUuid(agent)) ?? null) as AgentId | null,
      calls: [],
      facts: null,
    };
    await translating(() =>
      this.commands.execute(new RecordCall({ type: 'AuthorizeCall', callId, facts, at })),
    );
  }
}

const unmetered = ({ token }: Identity): Omit<Passage, 'body'> => ({
  sessionId: null,
  usage: null,
  visible: null,
  dropAuthorization: token !== null,
});

/** S6.2 answers an unknown session with 404: here nothing is charged that could be probed for. */
const objectionTo = (
  session: Session,
  agentId: AgentId,
  { at }: RequestContext,
): readonly [status: number, reason: string] | undefined => {
  if (session.status === 'absent') return [404, 'session not found'];
  if (session.agentId !== agentId) return [403, 'session does not belong to this agent'];
  if (session.status === 'closed') return [410, 'session is closed'];
  if (session.status === 'expired' || isOverdue(session, at)) return [408, 'session has expired'];
  return undefined;
};
