import type { EventContext } from '@arbiter/audit';
import type { SessionId } from '@arbiter/domain';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { SessionSlots } from '../session-slots';

export class CloseSession extends Command<void> {
  constructor(
    readonly sessionId: SessionId,
    readonly context: EventContext,
  ) {
    super();
  }
}

@CommandHandler(CloseSession)
export class CloseSessionHandler implements ICommandHandler<CloseSession> {
  constructor(private readonly slots: SessionSlots) {}

  async execute({ sessionId, context }: CloseSession): Promise<void> {
    await this.slots.end('CloseSession', sessionId, context);
  }
}
