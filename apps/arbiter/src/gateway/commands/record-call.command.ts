import { Decisions, type EventContext, type StreamId } from '@arbiter/audit';
import { callDecider, type CallCommand } from '@arbiter/domain';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';

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

const ANONYMOUS: EventContext['actor'] = { kind: 'anonymous', id: 'gateway' };

/** Appends to the call's own stream; repeating it changes nothing. */
export const recordCall = async (decisions: Decisions, command: CallCommand): Promise<void> => {
  const { callId } = command;
  const stream: StreamId = `call/${callId}`;
  await decisions.run(callDecider, stream, command, { actor: ANONYMOUS, correlation: callId });
  // Nothing more is decided on it, so it must not push streams out that are decided on often.
  if (command.type !== 'AuthorizeCall') decisions.forget([stream]);
};
