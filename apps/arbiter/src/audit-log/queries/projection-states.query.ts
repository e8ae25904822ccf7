import { EventStore, ProjectionEngine, type ProjectionStatus } from '@arbiter/audit';
import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';

export interface ProjectionStates {
  readonly projections: readonly ProjectionStatus[];
  readonly head: number;
}

export class GetProjectionStates extends Query<ProjectionStates> {}

@QueryHandler(GetProjectionStates)
export class GetProjectionStatesHandler implements IQueryHandler<GetProjectionStates> {
  constructor(
    private readonly store: EventStore,
    private readonly engine: ProjectionEngine,
  ) {}

  execute(): Promise<ProjectionStates> {
    return Promise.resolve({ projections: this.engine.status(), head: this.store.position });
  }
}
