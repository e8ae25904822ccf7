import { Decisions, type EventContext } from '@arbiter/audit';
import { agentDecider, type AgentId } from '@arbiter/domain';
import { Command, CommandBus, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { Clock } from '../../platform/clock';
import { CloseAgentSessions } from '../../sessions/commands/close-agent-sessions.command';

export interface Deactivation {
  readonly deactivated: readonly AgentId[];
  readonly sessionsClosed: number;
}

export class DeactivateAgent extends Command<Deactivation> {
  constructor(
    readonly agentId: AgentId,
    readonly context: EventContext,
  ) {
    super();
  }
}

/** For good, and its sessions with it. What a crash interrupts here, a reactor completes (§8.3). */
@CommandHandler(DeactivateAgent)
export class DeactivateAgentHandler implements ICommandHandler<DeactivateAgent> {
  constructor(
    private readonly decisions: Decisions,
    private readonly commands: CommandBus,
    private readonly clock: Clock,
  ) {}

  async execute({ agentId, context }: DeactivateAgent): Promise<Deactivation> {
    const { events } = await this.decisions.run(
      agentDecider,
      `agent/${agentId}`,
      { type: 'DeactivateAgent', agentId, at: this.clock.now() },
      context,
    );
    const sessionIds = events.flatMap(({ type, data }) =>
      type === 'agent.deactivated' ? data.sessionIds : [],
    );
    const close = new CloseAgentSessions(sessionIds, context);
    return { deactivated: [agentId], sessionsClosed: await this.commands.execute(close) };
  }
}
