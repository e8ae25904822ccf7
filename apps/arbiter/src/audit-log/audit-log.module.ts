import { Module } from '@nestjs/common';
import { ControlPlaneModule } from '../platform/http/control-plane.module';
import { EraseEventHandler } from './commands/erase-event.command';
import { RebuildProjectionHandler } from './commands/rebuild-projection.command';
import { DerivedState } from './derived-state';
import { EventsController } from './http/events.controller';
import { ProjectionsController } from './http/projections.controller';
import { GetProjectionStatesHandler } from './queries/projection-states.query';
import { ReadEventsHandler } from './queries/read-events.query';

@Module({
  imports: [ControlPlaneModule],
  controllers: [EventsController, ProjectionsController],
  providers: [
    DerivedState,
    EraseEventHandler,
    GetProjectionStatesHandler,
    ReadEventsHandler,
    RebuildProjectionHandler,
  ],
})
export class AuditLogModule {}
