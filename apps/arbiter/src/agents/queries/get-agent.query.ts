import { agentNotFound, hasExpired, type AgentId } from '@arbiter/domain';
import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import { Clock } from '../../platform/clock';
import { Views } from '../../platform/views';
import { AgentView } from '../read-model/agent.view';

export class GetAgent extends Query<AgentView> {
  constructor(readonly agentId: AgentId) {
    super();
  }
}

/** An agent that has expired is not found; a deactivated one still is (spec §3.2, B-12). */
@QueryHandler(GetAgent)
export class GetAgentHandler implements IQueryHandler<GetAgent> {
  constructor(
    private readonly views: Views,
    private readonly clock: Clock,
  ) {}

  async execute({ agentId }: GetAgent): Promise<AgentView> {
    const agent = await (await this.views.of(AgentView)).findOneBy({ agentId });
    if (agent === null || hasExpired(agent, this.clock.now())) throw agentNotFound();
    return agent;
  }
}
