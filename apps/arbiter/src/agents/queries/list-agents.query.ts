import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import { IsNull, MoreThanOrEqual } from 'typeorm';
import { Clock } from '../../platform/clock';
import { Views } from '../../platform/views';
import { AgentView } from '../read-model/agent.view';

const AGENTS_LISTED_MAX = 10_000;

export class ListAgents extends Query<readonly AgentView[]> {}

/** Those that can be used now, the newest first (spec §3.2, B-12). */
@QueryHandler(ListAgents)
export class ListAgentsHandler implements IQueryHandler<ListAgents> {
  constructor(
    private readonly views: Views,
    private readonly clock: Clock,
  ) {}

  async execute(): Promise<readonly AgentView[]> {
    const agents = await this.views.of(AgentView);
    return agents.find({
      where: [
        { active: true, expiresAt: IsNull() },
        { active: true, expiresAt: MoreThanOrEqual(this.clock.now()) },
      ],
      order: { createdAt: 'DESC', agentId: 'ASC' },
      take: AGENTS_LISTED_MAX,
    });
  }
}
