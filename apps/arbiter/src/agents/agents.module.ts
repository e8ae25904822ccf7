import { Module } from '@nestjs/common';
import { ControlPlaneModule } from '../platform/http/control-plane.module';
import { DeactivateAgentHandler } from './commands/deactivate-agent.command';
import { IssueAgentTokenHandler } from './commands/issue-agent-token.command';
import { RegisterAgentHandler } from './commands/register-agent.command';
import { AgentsController } from './http/agents.controller';
import { GetAgentHandler } from './queries/get-agent.query';
import { ListAgentsHandler } from './queries/list-agents.query';
import { TokenIssuer } from './token-issuer';

@Module({
  imports: [ControlPlaneModule],
  controllers: [AgentsController],
  providers: [
    DeactivateAgentHandler,
    GetAgentHandler,
    IssueAgentTokenHandler,
    ListAgentsHandler,
    RegisterAgentHandler,
    TokenIssuer,
  ],
})
export class AgentsModule {}
