import { Injectable } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import type { IncomingMessage } from 'node:http';
import { Clock, IdGenerator } from '../platform/clock';
import { CompleteCall } from './commands/complete-call.command';
import { RecordCall } from './commands/record-call.command';
import { CompletionOutbox } from './completion-outbox';
import type { Forwarded } from './forwarding/forwarded';
import { NOTHING_JUDGED, PlainRefusal, translating, type GatewayRefusal } from './gateway.errors';
import { GatewayMetrics, type RequestDecision } from './gateway.metrics';
import type { Passage } from './passage';
import { contextOf, recordedHeader, recordedPath, type RequestContext } from './request-context';

/** What is known about a request from its first byte to its outcome, and how that is recorded. */
@Injectable()
export class CallJournal {
  private readonly outbox: CompletionOutbox;

  constructor(
    private readonly commands: CommandBus,
    private readonly metrics: GatewayMetrics,
    private readonly clock: Clock,
    private readonly ids: IdGenerator,
  ) {
    this.outbox = new CompletionOutbox(commands);
  }

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
    const isPlain = refusal instanceof PlainRefusal;
    const facts = {
      httpMethod,
      path: recordedPath(context),
      agentHeader: recordedHeader(agentHeader),
      sessionHeader: recordedHeader(sessionHeader),
      status: isPlain ? refusal.status : refusal.answer.status,
      code: isPlain ? 'MIDDLEWARE_REJECTED' : refusal.answer.code,
      reason: refusal.message,
      ...(isPlain ? NOTHING_JUDGED : refusal.refused),
    };
    await translating(() =>
      this.commands.execute(new RecordCall({ type: 'RefuseCall', callId, facts, at })),
    );
  }

  /** The client has its answer already, so this is seen to until it is on record. */
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
    this.outbox.send(new CompleteCall(callId, passage.sessionId, completion, this.clock.now()));
  }

  /** Resolves when every outcome is on record, or time is up. */
  settled(timeoutMs: number): Promise<void> {
    return this.outbox.settled(timeoutMs);
  }

  answered({ startedMs }: RequestContext, decision: RequestDecision): void {
    this.metrics.answered(decision, performance.now() - startedMs);
  }
}
