import { sessionNotFound, type Instant, type SessionId } from '@arbiter/domain';
import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import { Clock } from '../../platform/clock';
import { Views } from '../../platform/views';
import { SessionView } from '../read-model/session.view';

export interface SessionReading {
  readonly session: SessionView;
  /** What a session is depends on the time of looking at it. */
  readonly at: Instant;
}

export class GetSession extends Query<SessionReading> {
  constructor(readonly sessionId: SessionId) {
    super();
  }
}

@QueryHandler(GetSession)
export class GetSessionHandler implements IQueryHandler<GetSession> {
  constructor(
    private readonly views: Views,
    private readonly clock: Clock,
  ) {}

  async execute({ sessionId }: GetSession): Promise<SessionReading> {
    const session = await (await this.views.of(SessionView)).findOneBy({ sessionId });
    if (session === null) throw sessionNotFound({ sessionId });
    return { session, at: this.clock.now() };
  }
}
