import type { EventContext } from '@arbiter/audit';
import type { SessionId } from '@arbiter/domain';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { inBatches } from '../in-batches';
import { SessionSlots } from '../session-slots';

const CLOSED_AT_ONCE_MAX = 50;

/** Resolves to the number of sessions that it closed: again is harmless, and closes none. */
export class CloseAgentSessions extends Command<number> {
  constructor(
    readonly sessionIds: readonly SessionId[],
    readonly context: EventContext,
  ) {
    super();
  }
}

@CommandHandler(CloseAgentSessions)
export class CloseAgentSessionsHandler implements ICommandHandler<CloseAgentSessions> {
  constructor(private readonly slots: SessionSlots) {}

  async execute({ sessionIds, context }: CloseAgentSessions): Promise<number> {
    const closed = await inBatches(sessionIds, CLOSED_AT_ONCE_MAX, (sessionId) =>
      this.slots.closeIfActive(sessionId, context),
    );
    return closed.filter(Boolean).length;
  }
}
