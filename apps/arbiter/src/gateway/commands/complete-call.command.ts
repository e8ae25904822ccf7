import { Decisions, type EventContext } from '@arbiter/audit';
import {
  sessionDecider,
  type CallId,
  type Completion,
  type Instant,
  type SessionId,
} from '@arbiter/domain';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { recordCall } from './record-call.command';

export class CompleteCall extends Command<void> {
  constructor(
    readonly callId: CallId,
    /** Null for a call that was let through without a session. */
    readonly sessionId: SessionId | null,
    readonly completion: Completion,
    readonly at: Instant,
  ) {
    super();
  }
}

const GATEWAY: EventContext['actor'] = { kind: 'process', id: 'gateway' };

@CommandHandler(CompleteCall)
export class CompleteCallHandler implements ICommandHandler<CompleteCall> {
  constructor(private readonly decisions: Decisions) {}

  async execute({ callId, sessionId, completion, at }: CompleteCall): Promise<void> {
    if (sessionId === null) {
      await recordCall(this.decisions, { type: 'CompleteCall', callId, completion, at });
      return;
    }
    await this.decisions.run(
      sessionDecider,
      `session/${sessionId}`,
      { type: 'CompleteCall', sessionId, callId, completion, at },
      { actor: GATEWAY, correlation: callId },
    );
  }
}
