import { Module } from '@nestjs/common';
import { ControlPlaneModule } from '../platform/http/control-plane.module';
import { CloseAgentSessionsHandler } from './commands/close-agent-sessions.command';
import { CloseSessionHandler } from './commands/close-session.command';
import { ExpireSessionHandler } from './commands/expire-session.command';
import { OpenSessionHandler } from './commands/open-session.command';
import { SessionsController } from './http/sessions.controller';
import { SessionSlotsReactor } from './processes/session-slots.reactor';
import { SessionSweeper } from './processes/session.sweeper';
import { GetSessionHandler } from './queries/get-session.query';
import { SessionSlots } from './session-slots';

@Module({
  imports: [ControlPlaneModule],
  controllers: [SessionsController],
  providers: [
    CloseAgentSessionsHandler,
    CloseSessionHandler,
    ExpireSessionHandler,
    GetSessionHandler,
    OpenSessionHandler,
    SessionSlots,
    SessionSlotsReactor,
    SessionSweeper,
  ],
})
export class SessionsModule {}
