import type { EventContext, StreamId } from '@arbiter/audit';
import { Body, Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { AdminAudit } from '../../platform/auth/admin-audit';
import { ApiAdminKey, ApiErrors } from '../../platform/http/api-errors';
import { Caller } from '../../platform/http/caller';
import { EraseEvent } from '../commands/erase-event.command';
import { ReadEvents } from '../queries/read-events.query';
import {
  EraseEventRequest,
  EventErasedResponse,
  EventPageResponse,
  PositionParams,
  ReadEventsQuery,
} from './audit-log.dto';
import { eventResponseOf } from './event.response';

@ApiTags('audit log')
@ApiAdminKey()
@Controller('events')
export class EventsController {
  constructor(
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
    private readonly audit: AdminAudit,
  ) {}

  @Get()
  @ApiOperation({ operationId: 'readEvents', summary: 'Read the log in order' })
  @ApiOkResponse({ type: EventPageResponse })
  @ApiErrors(400)
  async read(@Query() { after, limit, stream, type }: ReadEventsQuery): Promise<EventPageResponse> {
    const filter = {
      ...(stream !== undefined && { stream: stream as StreamId }),
      ...(type !== undefined && { type }),
    };
    const query = new ReadEvents(Number(after), Number(limit), filter);
    const { events, head } = await this.queries.execute(query);
    return {
      events: events.map(eventResponseOf),
      next: events.at(-1)?.link.position ?? query.after,
      head,
    };
  }

  @Post(':position/erase')
  @HttpCode(200)
  @ApiOperation({
    operationId: 'eraseEvent',
    summary: 'Erase what an event says; its envelope and hash stay',
  })
  @ApiOkResponse({ type: EventErasedResponse })
  @ApiErrors(400, 404, 413, 415, 422, 503)
  async erase(
    @Param() params: PositionParams,
    @Body() { reason }: EraseEventRequest,
    @Caller() caller: EventContext,
  ): Promise<EventErasedResponse> {
    const position = Number(params.position);
    const detail = `position=${position} reason=${reason}`;
    this.audit.record(caller, { operation: 'erase_event', detail });
    const recordedAt = await this.commands.execute(new EraseEvent(position, reason, caller));
    return { position, recorded_at: recordedAt };
  }
}
