import { Decisions } from '@arbiter/audit';
import { agentDecider, type AgentId, type CallId, type Instant } from '@arbiter/domain';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { PolicySets } from '../../policies/policy-sets';
import { judge, type Judgement } from '../policy-judgement';
import type { Received } from '../stages/intake.stage';
import { recordCall } from './record-call.command';

interface Call {
  readonly id: CallId;
  readonly at: Instant;
  readonly httpMethod: string;
  readonly path: string;
}

/** `require_session = false`: policy alone decides, on the identity that the client claims. */
export class AuthorizeSessionlessCall extends Command<Judgement> {
  constructor(
    readonly agentId: AgentId,
    readonly received: Pick<Received, 'messages' | 'calls'>,
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
  ) {}

  /** Records an allowed call; a refusal is recorded, with its inputs, by whoever answers it. */
  async execute(command: AuthorizeSessionlessCall): Promise<Judgement> {
    const { agentId, received, delegationHeader, call } = command;
    const { at, httpMethod, path } = call;
    const agent = await this.decisions.stateOf(agentDecider, `agent/${agentId}`);
    const parties = { agent, agentId, intent: '', delegationChain: [], delegationHeader, at };
    const judgement = judge(received, parties, this.policies.current());
    const { calls, facts, refusal } = judgement;
    if (refusal === null)
      await recordCall(this.decisions, {
        type: 'AuthorizeCall',
        callId: call.id,
        facts: { httpMethod, path, basis: 'policy', agentId, sessionId: null, calls, facts },
        at,
      });
    return judgement;
  }
}
