import { Decisions, type EventContext } from '@arbiter/audit';
import {
  agentDecider,
  sessionDecider,
  sessionNotFound,
  type CallDecision,
  type CallId,
  type Instant,
  type KnownSession,
} from '@arbiter/domain';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { Config } from '../../platform/config';
import { PolicySets } from '../../policies/policy-sets';
import { CallRecorder } from '../governed-calls';
import type { McpMessage } from '../mcp/mcp-message';
import { judge } from '../policy-judgement';
import type { Binding } from '../stages/identity.stage';

/** What was decided, and on which session: both are durable. */
export interface SessionDecision {
  readonly event: CallDecision;
  readonly session: KnownSession;
}

export class AuthorizeSessionCall extends Command<SessionDecision> {
  constructor(
    readonly binding: Binding,
    readonly messages: readonly McpMessage[],
    readonly delegationHeader: string | null,
    readonly call: { readonly id: CallId; readonly at: Instant },
  ) {
    super();
  }
}

/** S7 and S8 in one step: limits, policy and the charge are one decision and one event. */
@CommandHandler(AuthorizeSessionCall)
export class AuthorizeSessionCallHandler implements ICommandHandler<AuthorizeSessionCall> {
  constructor(
    private readonly decisions: Decisions,
    private readonly policies: PolicySets,
    private readonly recorder: CallRecorder,
    private readonly config: Config,
  ) {}

  async execute(command: AuthorizeSessionCall): Promise<SessionDecision> {
    const { binding, messages, delegationHeader, call } = command;
    const { agentId, sessionId } = binding;
    const session = await this.decisions.stateOf(sessionDecider, `session/${sessionId}`);
    if (session.status === 'absent') throw sessionNotFound({ sessionId });
    const agent = await this.decisions.stateOf(agentDecider, `agent/${agentId}`);
    const { declaredIntent: intent, delegationChain } = session;
    const described = this.recorder.describe(messages, this.config.proxy.lifecycle === 'free');
    const { at } = call;
    const { calls, refusal, facts } = judge(
      messages,
      described,
      { agent, agentId, intent, delegationChain, delegationHeader, at },
      this.policies.current(),
    );
    const context: EventContext = {
      actor: { kind: 'agent', id: agentId },
      correlation: call.id,
    };
    const decided = await this.decisions.run(
      sessionDecider,
      `session/${sessionId}`,
      { type: 'AuthorizeCalls', sessionId, callId: call.id, agentId, calls, facts, refusal, at },
      context,
    );
    return { event: decided.events[0] as CallDecision, session };
  }
}
