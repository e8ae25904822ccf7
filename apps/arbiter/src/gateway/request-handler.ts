import { Injectable, Logger } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Clock, IdGenerator } from '../platform/clock';
import { Config } from '../platform/config';
import { answerPlain, answerRefusal } from './answers';
import { CompleteCall } from './commands/complete-call.command';
import { RecordCall } from './commands/record-call.command';
import { Forwarder, type Forwarded } from './forwarding/forwarder';
import { ClientGone, GatewayRefusal, PlainRefusal } from './gateway.errors';
import { GatewayMetrics, type RequestDecision } from './gateway.metrics';
import { LocalEndpoints } from './local-endpoints';
import type { Passage } from './passage';
import { Pipeline } from './pipeline';
import { contextOf, recordedPath, type RequestContext } from './request-context';
import { translating } from './stages/session.stage';

/** One request on the data plane, from the socket to the log, to the upstream and back. */
@Injectable()
export class RequestHandler {
  private readonly logger = new Logger(RequestHandler.name);

  constructor(
    private readonly local: LocalEndpoints,
    private readonly pipeline: Pipeline,
    private readonly forwarder: Forwarder,
    private readonly commands: CommandBus,
    private readonly metrics: GatewayMetrics,
    private readonly clock: Clock,
    private readonly ids: IdGenerator,
    private readonly config: Config,
  ) {}

  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (await this.local.serve(request, response)) return;
    const context = contextOf(request, {
      callId: this.ids.next('call'),
      at: this.clock.now(),
      startedMs: performance.now(),
    });
    const decision = await this.govern(context, response);
    this.metrics.answered(decision, performance.now() - context.startedMs);
  }

  private async govern(
    context: RequestContext,
    response: ServerResponse,
  ): Promise<RequestDecision> {
    let passage: Passage;
    try {
      passage = await this.pipeline.pass(context);
    } catch (error) {
      await this.refuse(error, context, response);
      return 'deny';
    }
    const forwarded = await this.forwarder.forward(context, passage, response);
    this.complete(context, passage, forwarded);
    if (forwarded.refusal !== undefined) answerRefusal(forwarded.refusal, context, response);
    return decisionOf(forwarded);
  }

  /** The refusal is on record before it is told; what cannot be recorded is told as such. */
  private async refuse(error: unknown, context: RequestContext, response: ServerResponse) {
    if (error instanceof ClientGone) {
      response.destroy();
      return;
    }
    const refusal =
      error instanceof GatewayRefusal || error instanceof PlainRefusal ? error : defect();
    if (refusal !== error) this.logger.error({ event: 'gateway_defect', error });
    try {
      if (refusal instanceof PlainRefusal || !refusal.recorded) await this.record(refusal, context);
    } catch (failure) {
      answerRefusal(failure instanceof GatewayRefusal ? failure : defect(), context, response);
      return;
    }
    if (refusal instanceof PlainRefusal) answerPlain(refusal, response);
    else answerRefusal(refusal, context, response);
  }

  private async record(refusal: GatewayRefusal | PlainRefusal, context: RequestContext) {
    const { callId, at, method: httpMethod, agentHeader, sessionHeader } = context;
    const isPlain = refusal instanceof PlainRefusal;
    const facts = {
      httpMethod,
      path: recordedPath(context),
      agentHeader,
      sessionHeader,
      calls: [],
      status: isPlain ? refusal.status : refusal.answer.status,
      code: isPlain ? 'MIDDLEWARE_REJECTED' : refusal.answer.code,
      reason: refusal.message,
    };
    await translating(() =>
      this.commands.execute(new RecordCall({ type: 'RefuseCall', callId, facts, at })),
    );
  }

  /** The client has its answer already: an outcome that cannot be recorded now stays open, and the sweeper closes it. */
  private complete(
    { callId, startedMs }: RequestContext,
    passage: Passage,
    forwarded: Forwarded,
  ): void {
    const { outcome, upstreamStatus, responseBytes } = forwarded;
    const completion = {
      outcome,
      upstreamStatus,
      durationMs: Math.round(performance.now() - startedMs),
      requestBytes: passage.body.length,
      responseBytes,
    };
    this.commands
      .execute(new CompleteCall(callId, passage.sessionId, completion, this.clock.now()))
      .catch((error: unknown) => {
        this.logger.error({ event: 'completion_not_recorded', request_id: callId, error });
      });
  }
}

const defect = (): GatewayRefusal =>
  new GatewayRefusal({ status: 500, code: 'MIDDLEWARE_REJECTED', message: 'internal error' }, true);

/** Spec §1.7: a timeout has no label of its own. */
const decisionOf = ({ outcome }: Forwarded): RequestDecision => {
  switch (outcome) {
    case 'answered':
    case 'aborted-by-client':
      return 'allow';
    case 'too-large':
      return 'deny';
    case 'unreachable':
    case 'aborted-by-upstream':
      return 'error';
    case 'timed-out':
    case 'interrupted':
      return '__unknown__';
  }
};
