import { Decisions, type EventContext } from '@arbiter/audit';
import {
  agentDecider,
  sessionDecider,
  sessionNotFound,
  staleStream,
  type CallDecision,
  type CallId,
  type Instant,
  type KnownSession,
} from '@arbiter/domain';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { PolicySets } from '../../policies/policy-sets';
import { judge } from '../policy-judgement';
import type { Binding } from '../stages/identity.stage';
import type { Received } from '../stages/intake.stage';

const ATTEMPTS_MAX = 5;

/** What was decided, and on which session: both are durable. */
export interface SessionDecision {
  readonly event: CallDecision;
  readonly session: KnownSession;
}

export class AuthorizeSessionCall extends Command<SessionDecision> {
  constructor(
    readonly binding: Binding,
    readonly received: Pick<Received, 'messages' | 'calls'>,
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
  ) {}

  /** When the session moved on meanwhile, agent and policies are asked again too: they may have. */
  async execute(command: AuthorizeSessionCall): Promise<SessionDecision> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.attempt(command);
      } catch (error) {
        if (attempt === ATTEMPTS_MAX || !isStale(error)) throw error;
      }
    }
  }

  private async attempt(command: AuthorizeSessionCall): Promise<SessionDecision> {
    const { binding, received, delegationHeader, call } = command;
    const { agentId, sessionId } = binding;
    const session = await this.decisions.stateOf(sessionDecider, `session/${sessionId}`);
    if (session.status === 'absent') throw sessionNotFound({ sessionId });
    const agent = await this.decisions.stateOf(agentDecider, `agent/${agentId}`);
    const { declaredIntent: intent, delegationChain } = session;
    const { at, id: callId } = call;
    const parties = { agent, agentId, intent, delegationChain, delegationHeader, at };
    const { calls, refusal, facts } = judge(received, parties, this.policies.current());
    const context: EventContext = { actor: { kind: 'agent', id: agentId }, correlation: callId };
    const { events } = await this.decisions.once(
      sessionDecider,
      `session/${sessionId}`,
      { type: 'AuthorizeCalls', sessionId, callId, agentId, calls, facts, refusal, at },
      context,
    );
    return { event: events[0] as CallDecision, session };
  }
}

const isStale = (error: unknown): boolean =>
  (error as { readonly code?: unknown }).code === staleStream.code;
