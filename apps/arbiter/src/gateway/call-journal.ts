import { Injectable, Logger } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import type { IncomingMessage } from 'node:http';
import { Clock, IdGenerator } from '../platform/clock';
import { CompleteCall } from './commands/complete-call.command';
import { RecordCall } from './commands/record-call.command';
import type { Forwarded } from './forwarding/relay';
import { PlainRefusal, type GatewayRefusal } from './gateway.errors';
import { GatewayMetrics, type RequestDecision } from './gateway.metrics';
import type { Passage } from './passage';
import { contextOf, recordedPath, type RequestContext } from './request-context';
import { translating } from './stages/session.stage';

/** What is known about a request from its first byte to its outcome, and how that is recorded. */
@Injectable()
export class CallJournal {
  private readonly logger = new Logger(CallJournal.name);

  constructor(
    private readonly commands: CommandBus,
    private readonly metrics: GatewayMetrics,
    private readonly clock: Clock,
    private readonly ids: IdGenerator,
  ) {}

  /** S1 */
  open(request: IncomingMessage): RequestContext {
    return contextOf(request, {
      callId: this.ids.next('call'),
      at: this.clock.now(),
      startedMs: performance.now(),
    });
  }

  /** Durable when it resolves. Throws the refusal to answer with when it cannot be recorded. */
  async refused(refusal: GatewayRefusal | PlainRefusal, context: RequestContext): Promise<void> {
    const { callId, at, method: httpMethod, agentHeader, sessionHeader } = context;
    const facts = {
      httpMethod,
      path: recordedPath(context),
      agentHeader,
      sessionHeader,
      calls: [],
      ...(refusal instanceof PlainRefusal
        ? { status: refusal.status, code: 'MIDDLEWARE_REJECTED' }
        : { status: refusal.answer.status, code: refusal.answer.code }),
      reason: refusal.message,
    };
    await translating(() =>
      this.commands.execute(new RecordCall({ type: 'RefuseCall', callId, facts, at })),
    );
  }

  /**
   * The client has its answer already. An outcome that cannot be recorded now leaves the call open,
   * and the next start records that it was interrupted.
   */
  completed(context: RequestContext, passage: Passage, forwarded: Forwarded): void {
    const { outcome, upstreamStatus, responseBytes } = forwarded;
    const completion = {
      outcome,
      upstreamStatus,
      durationMs: Math.round(performance.now() - context.startedMs),
      requestBytes: passage.body.length,
      responseBytes,
    };
    const { callId } = context;
    this.commands
      .execute(new CompleteCall(callId, passage.sessionId, completion, this.clock.now()))
      .catch((error: unknown) => {
        this.logger.error({ event: 'completion_not_recorded', request_id: callId, error });
      });
  }

  answered({ startedMs }: RequestContext, decision: RequestDecision): void {
    this.metrics.answered(decision, performance.now() - startedMs);
  }
}
