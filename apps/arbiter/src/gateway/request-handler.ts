import { Injectable, Logger } from '@nestjs/common';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { answerPlain, answerRefusal } from './answers';
import { CallJournal } from './call-journal';
import { Forwarder } from './forwarding/forwarder';
import type { Forwarded } from './forwarding/forwarded';
import { ClientGone, GatewayRefusal, PlainRefusal } from './gateway.errors';
import type { RequestDecision } from './gateway.metrics';
import { LocalEndpoints } from './local-endpoints';
import type { Passage } from './passage';
import { Pipeline } from './pipeline';
import type { RequestContext } from './request-context';

/** One request on the data plane, from the socket to the log, to the upstream and back. */
@Injectable()
export class RequestHandler {
  private readonly logger = new Logger(RequestHandler.name);

  constructor(
    private readonly local: LocalEndpoints,
    private readonly pipeline: Pipeline,
    private readonly forwarder: Forwarder,
    private readonly journal: CallJournal,
  ) {}

  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (await this.local.serve(request, response)) return;
    const context = this.journal.open(request);
    this.journal.answered(context, await this.govern(context, response));
  }

  /** S2: a tunnel is a method like others that no upstream of ours speaks; never throws. */
  async refuseTunnel(request: IncomingMessage): Promise<void> {
    const context = this.journal.open(request);
    await this.onRecord(new PlainRefusal(405, 'Method Not Allowed'), context);
    this.journal.answered(context, 'deny');
  }

  /** Ends what is under way; its outcomes are recorded. */
  interrupt(): void {
    this.forwarder.interrupt();
  }

  /** Resolves when every outcome is on record, or time is up. */
  settled(timeoutMs: number): Promise<void> {
    return this.journal.settled(timeoutMs);
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
    this.journal.completed(context, passage, forwarded);
    if (forwarded.refusal !== undefined) answerRefusal(forwarded.refusal, context, response);
    return decisionOf(forwarded);
  }

  private async refuse(
    error: unknown,
    context: RequestContext,
    response: ServerResponse,
  ): Promise<void> {
    if (error instanceof ClientGone) {
      response.destroy();
      return;
    }
    const refusal = await this.onRecord(this.refusalIn(error), context);
    if (refusal instanceof PlainRefusal) answerPlain(refusal, response);
    else answerRefusal(refusal, context, response);
  }

  /** A refusal is on record before it is told; what cannot be recorded is told as such. */
  private async onRecord(
    refusal: GatewayRefusal | PlainRefusal,
    context: RequestContext,
  ): Promise<GatewayRefusal | PlainRefusal> {
    if (refusal instanceof GatewayRefusal && refusal.isSettled) return refusal;
    try {
      await this.journal.refused(refusal, context);
      return refusal;
    } catch (failure) {
      return this.refusalIn(failure);
    }
  }

  private refusalIn(error: unknown): GatewayRefusal | PlainRefusal {
    if (error instanceof GatewayRefusal || error instanceof PlainRefusal) return error;
    this.logger.error({ event: 'gateway_defect', error });
    const answer = { status: 500, code: 'MIDDLEWARE_REJECTED', message: 'internal error' } as const;
    return new GatewayRefusal(answer, true);
  }
}

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
