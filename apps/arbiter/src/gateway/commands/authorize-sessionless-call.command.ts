import { Decisions, type EventContext, type StreamId } from '@arbiter/audit';
import {
  agentDecider,
  callDecider,
  type AgentId,
  type CallCommand,
  type CallId,
  type Instant,
  type PolicyRefusal,
} from '@arbiter/domain';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { Config } from '../../platform/config';
import { PolicySets } from '../../policies/policy-sets';
import { CallRecorder } from '../governed-calls';
import type { McpMessage } from '../mcp/mcp-message';
import { judge } from '../policy-judgement';

interface Call {
  readonly id: CallId;
  readonly at: Instant;
  readonly httpMethod: string;
  readonly path: string;
}

/** `require_session = false`: policy alone decides, on the identity that the client claims. */
export class AuthorizeSessionlessCall extends Command<PolicyRefusal | null> {
  constructor(
    readonly agentId: AgentId,
    readonly messages: readonly McpMessage[],
    readonly delegationHeader: string | null,
    readonly call: Call,
  ) {
    super();
  }
}

@CommandHandler(AuthorizeSessionlessCall)
export class AuthorizeSessionlessCallHandler implements ICommandHandler<AuthorizeSessionlessCall> {
  constructor(
    private readonly decisions: Decisions,
    private readonly policies: PolicySets,
    private readonly recorder: CallRecorder,
    private readonly config: Config,
  ) {}

  /** Records an allowed call; a refusal is recorded by whoever answers it. */
  async execute(command: AuthorizeSessionlessCall): Promise<PolicyRefusal | null> {
    const { agentId, messages, delegationHeader, call } = command;
    const { at, httpMethod, path } = call;
    const agent = await this.decisions.stateOf(agentDecider, `agent/${agentId}`);
    const described = this.recorder.describe(messages, this.config.proxy.lifecycle === 'free');
    const { calls, refusal, facts } = judge(
      messages,
      described,
      { agent, agentId, intent: '', delegationChain: [], delegationHeader, at },
      this.policies.current(),
    );
    if (refusal === null)
      await recordCall(this.decisions, {
        type: 'AuthorizeCall',
        callId: call.id,
        facts: { httpMethod, path, basis: 'policy', agentId, calls, facts },
        at,
      });
    return refusal;
  }
}

const ANONYMOUS: EventContext['actor'] = { kind: 'anonymous', id: 'gateway' };

/** Appends to the call's own stream; repeating it changes nothing. */
export const recordCall = async (decisions: Decisions, command: CallCommand): Promise<void> => {
  const { callId } = command;
  const stream: StreamId = `call/${callId}`;
  await decisions.run(callDecider, stream, command, { actor: ANONYMOUS, correlation: callId });
  // Nothing more is decided on it, so it must not push streams out that are decided on often.
  if (command.type !== 'AuthorizeCall') decisions.forget([stream]);
};
