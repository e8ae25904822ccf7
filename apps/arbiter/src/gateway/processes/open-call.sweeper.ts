import { Injectable, Logger } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import type { CallId, Instant } from '@arbiter/domain';
import { MoreThan } from 'typeorm';
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
    let after = '';
    for (let round = 0; round < ROUNDS_MAX; round += 1) {
      const leftovers = await this.page(after);
      const last = leftovers.at(-1);
      if (last === undefined) break;
      after = last.callId; // what cannot be closed now is not asked for again
      const now = this.clock.now();
      const closed = await Promise.all(leftovers.map((leftover) => this.interrupt(leftover, now)));
      swept += closed.filter(Boolean).length;
    }
    if (swept > 0) this.logger.warn({ event: 'calls_interrupted', calls: swept });
    return swept;
  }

  private async page(after: string): Promise<readonly OpenCallView[]> {
    return (await this.views.of(OpenCallView)).find({
      where: { callId: MoreThan(after as CallId) },
      order: { callId: 'ASC' },
      take: SWEPT_MAX,
    });
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
