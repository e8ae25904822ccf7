import type { SessionId } from '@arbiter/domain';
import {
  Injectable,
  Logger,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { LessThan } from 'typeorm';
import { Clock } from '../../platform/clock';
import { Config } from '../../platform/config';
import { Views } from '../../platform/views';
import { ExpireSession } from '../commands/expire-session.command';
import { inBatches } from '../in-batches';
import { SessionView } from '../read-model/session.view';

const SWEPT_MAX = 5_000;
const SWEPT_AT_ONCE_MAX = 50;
const SWEEPER = { kind: 'process', id: 'session-sweeper' } as const;

/** Records the end of sessions that ran out of time: first at start, then every so often (§6.7). */
@Injectable()
export class SessionSweeper implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(SessionSweeper.name);
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> = Promise.resolve();
  private stopped = false;

  constructor(
    private readonly views: Views,
    private readonly commands: CommandBus,
    private readonly clock: Clock,
    private readonly config: Config,
  ) {}

  onApplicationBootstrap(): void {
    this.running = this.tick();
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.timer);
    await this.running;
  }

  /** Asks the view which sessions look overdue; the decider has the last word on each. */
  async sweep(): Promise<void> {
    const overdue = await (
      await this.views.of(SessionView)
    ).find({
      where: { status: 'active', expiresAt: LessThan(this.clock.now()) },
      order: { expiresAt: 'ASC' },
      take: SWEPT_MAX,
    });
    await inBatches(overdue, SWEPT_AT_ONCE_MAX, ({ sessionId }) => this.expire(sessionId));
  }

  /** The next tick is scheduled when this one is over, so two never overlap. */
  private async tick(): Promise<void> {
    try {
      await this.sweep();
    } catch (error) {
      this.logger.error({ event: 'session_sweep_failed', error });
    }
    if (this.stopped) return;
    this.timer = setTimeout(() => {
      this.running = this.tick();
    }, this.config.sessions.cleanupIntervalSecs * 1000);
  }

  private async expire(sessionId: SessionId): Promise<void> {
    const correlation = `sweep:${sessionId}`;
    try {
      await this.commands.execute(new ExpireSession(sessionId, { actor: SWEEPER, correlation }));
    } catch (error) {
      // One session that cannot be expired must not keep the others alive.
      this.logger.error({ event: 'session_not_expired', session_id: sessionId, error });
    }
  }
}
