import { Decisions, type EventContext } from '@arbiter/audit';
import {
  agentDeactivated,
  agentDecider,
  sessionDecider,
  type AgentId,
  type SessionId,
  type SessionTerms,
} from '@arbiter/domain';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { Clock, IdGenerator } from '../../platform/clock';
import { SessionSlots } from '../session-slots';

export class OpenSession extends Command<SessionId> {
  constructor(
    readonly terms: SessionTerms,
    /** Sessions an agent may have at once; null is any number. */
    readonly concurrentMax: number | null,
    readonly context: EventContext,
  ) {
    super();
  }
}

/** The agent admits the session, then the session opens: the cap holds however many race for it. */
@CommandHandler(OpenSession)
export class OpenSessionHandler implements ICommandHandler<OpenSession> {
  constructor(
    private readonly decisions: Decisions,
    private readonly slots: SessionSlots,
    private readonly clock: Clock,
    private readonly ids: IdGenerator,
  ) {}

  async execute({ terms, concurrentMax, context }: OpenSession): Promise<SessionId> {
    const sessionId = this.ids.next('session');
    const base = { sessionId, at: this.clock.now() };
    const { agentId } = terms;
    const admit = { type: 'AdmitSession', agentId, concurrentMax, ...base } as const;
    const open = { type: 'OpenSession', terms, ...base } as const;

    // Rehearsed, so that terms that make no sense cost no slot; in the order of spec §3.5.
    agentDecider.decide(admit, await this.decisions.stateOf(agentDecider, `agent/${agentId}`));
    sessionDecider.decide(open, sessionDecider.initial);

    await this.slots.during(sessionId, async () => {
      await this.decisions.run(agentDecider, `agent/${agentId}`, admit, context);
      try {
        await this.decisions.run(sessionDecider, `session/${sessionId}`, open, context);
      } catch (error) {
        await this.slots.releaseSoon(agentId, sessionId, context);
        throw error;
      }
    });
    await this.closeIfDeactivated(agentId, sessionId, context);
    return sessionId;
  }

  /** Deactivation closes the sessions it finds. One that opened too late to be found is closed here. */
  private async closeIfDeactivated(
    agentId: AgentId,
    sessionId: SessionId,
    context: EventContext,
  ): Promise<void> {
    const agent = await this.decisions.stateOf(agentDecider, `agent/${agentId}`);
    if (agent.status === 'active') return;
    await this.slots.closeIfActive(sessionId, context);
    throw agentDeactivated();
  }
}
