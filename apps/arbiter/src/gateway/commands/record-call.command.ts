import { Decisions } from '@arbiter/audit';
import type { CallCommand } from '@arbiter/domain';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { recordCall } from './authorize-sessionless-call.command';

/** What happened to a request that has no session: passed, refused or completed. */
export class RecordCall extends Command<void> {
  constructor(readonly command: CallCommand) {
    super();
  }
}

@CommandHandler(RecordCall)
export class RecordCallHandler implements ICommandHandler<RecordCall> {
  constructor(private readonly decisions: Decisions) {}

  execute({ command }: RecordCall): Promise<void> {
    return recordCall(this.decisions, command);
  }
}
