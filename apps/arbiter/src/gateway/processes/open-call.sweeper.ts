import { Injectable, Logger } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import type { Instant } from '@arbiter/domain';
import { Clock } from '../../platform/clock';
import { Views } from '../../platform/views';
import { CompleteCall } from '../commands/complete-call.command';
import { OpenCallView } from '../read-model/open-call.view';

const SWEPT_MAX = 500;
const ROUNDS_MAX = 1_000;

/**
 * Closes what an earlier process left open. Whether the upstream carried such a call out is not
 * known, and the record says so; it is never repeated.
 */
@Injectable()
export class OpenCallSweeper {
  private readonly logger = new Logger(OpenCallSweeper.name);

  constructor(
    private readonly views: Views,
    private readonly commands: CommandBus,
    private readonly clock: Clock,
  ) {}

  /** Runs before the gateway accepts a request, so every open call is a leftover. */
  async sweep(): Promise<number> {
    let swept = 0;
    for (let round = 0; round < ROUNDS_MAX; round += 1) {
      const leftovers = await (await this.views.of(OpenCallView)).find({ take: SWEPT_MAX });
      if (leftovers.length === 0) break;
      const now = this.clock.now();
      const closed = await Promise.all(leftovers.map((leftover) => this.interrupt(leftover, now)));
      const count = closed.filter(Boolean).length;
      swept += count;
      if (count < leftovers.length) break; // what cannot be closed now would come back for ever
    }
    if (swept > 0) this.logger.warn({ event: 'calls_interrupted', calls: swept });
    return swept;
  }

  /** False when it could not be closed: that must not keep the service from starting. */
  private async interrupt(
    { callId, sessionId, authorizedAt }: OpenCallView,
    now: Instant,
  ): Promise<boolean> {
    const completion = {
      outcome: 'interrupted',
      upstreamStatus: null,
      durationMs: Math.max(0, Date.parse(now) - Date.parse(authorizedAt)),
      requestBytes: 0,
      responseBytes: 0,
    } as const;
    try {
      await this.commands.execute(new CompleteCall(callId, sessionId, completion, now));
      return true;
    } catch (error) {
      this.logger.error({ event: 'call_not_closed', request_id: callId, error });
      return false;
    }
  }
}
