import type { EventContext } from '@arbiter/audit';
import type { SessionId } from '@arbiter/domain';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { SessionSlots } from '../session-slots';

export class ExpireSession extends Command<void> {
  constructor(
    readonly sessionId: SessionId,
    readonly context: EventContext,
  ) {
    super();
  }
}

@CommandHandler(ExpireSession)
export class ExpireSessionHandler implements ICommandHandler<ExpireSession> {
  constructor(private readonly slots: SessionSlots) {}

  async execute({ sessionId, context }: ExpireSession): Promise<void> {
    await this.slots.end('ExpireSession', sessionId, context);
  }
}
