import { Module } from '@nestjs/common';
import { Config } from '../platform/config';
import { PoliciesModule } from '../policies/policies.module';
import { AuthorizeSessionCallHandler } from './commands/authorize-session-call.command';
import { AuthorizeSessionlessCallHandler } from './commands/authorize-sessionless-call.command';
import { CompleteCallHandler } from './commands/complete-call.command';
import { RecordCallHandler } from './commands/record-call.command';
import { CallJournal } from './call-journal';
import { Forwarder } from './forwarding/forwarder';
import { GatewayMetrics } from './gateway.metrics';
import { GatewayServer } from './gateway.server';
import { CallRecorder } from './call-recorder';
import { LocalEndpoints } from './local-endpoints';
import { Pipeline } from './pipeline';
import { OpenCallSweeper } from './processes/open-call.sweeper';
import { RequestHandler } from './request-handler';
import { Intake } from './stages/intake.stage';
import { SessionStage } from './stages/session.stage';
import { SessionlessStage } from './stages/sessionless.stage';
import { ToolLists } from './stages/tool-lists';

@Module({
  imports: [PoliciesModule],
  providers: [
    {
      provide: CallRecorder,
      useFactory: ({ audit, admin }: Config) =>
        new CallRecorder(audit.redactionPatterns, admin.signingSecret.reveal()),
      inject: [Config],
    },
    {
      provide: GatewayServer,
      useFactory: (handler: RequestHandler, config: Config) => new GatewayServer(handler, config),
      inject: [RequestHandler, Config],
    },
    AuthorizeSessionCallHandler,
    AuthorizeSessionlessCallHandler,
    CompleteCallHandler,
    RecordCallHandler,
    CallJournal,
    Forwarder,
    GatewayMetrics,
    Intake,
    LocalEndpoints,
    OpenCallSweeper,
    Pipeline,
    RequestHandler,
    SessionStage,
    SessionlessStage,
    ToolLists,
  ],
})
export class GatewayModule {}
