import type { EventContext } from '@arbiter/audit';
import { Controller, Get, HttpCode, Param, Post } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { AdminAudit } from '../../platform/auth/admin-audit';
import { ApiAdminKey, ApiErrors } from '../../platform/http/api-errors';
import { NoBody } from '../../platform/http/body-use';
import { Caller } from '../../platform/http/caller';
import { RebuildProjection } from '../commands/rebuild-projection.command';
import { GetProjectionStates } from '../queries/projection-states.query';
import { ProjectionParams, ProjectionsResponse } from './audit-log.dto';

@ApiTags('audit log')
@ApiAdminKey()
@Controller('projections')
export class ProjectionsController {
  constructor(
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
    private readonly audit: AdminAudit,
  ) {}

  @Get()
  @ApiOperation({ operationId: 'listProjections', summary: 'Say how far the views have come' })
  @ApiOkResponse({ type: ProjectionsResponse })
  @ApiErrors()
  async states(): Promise<ProjectionsResponse> {
    const { projections, head } = await this.queries.execute(new GetProjectionStates());
    return {
      projections: projections.map(({ name, revision, position, lag, state, error }) => ({
        name,
        revision,
        position,
        lag,
        state,
        error: error ?? null,
      })),
      head,
    };
  }

  @Post(':name/rebuild')
  @HttpCode(200)
  @NoBody()
  @ApiOperation({
    operationId: 'rebuildProjection',
    summary: 'Empty a view and fold it from the log again',
  })
  @ApiOkResponse({ type: ProjectionsResponse })
  @ApiErrors(400, 404, 503)
  async rebuild(
    @Param() { name }: ProjectionParams,
    @Caller() caller: EventContext,
  ): Promise<ProjectionsResponse> {
    this.audit.record(caller, { operation: 'rebuild_projection', detail: `name=${name}` });
    await this.commands.execute(new RebuildProjection(name));
    return this.states();
  }
}
