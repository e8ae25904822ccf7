import type { EventContext } from '@arbiter/audit';
import { agentAlreadyDeactivated, agentNotFound, type AgentProfile } from '@arbiter/domain';
import { Body, Controller, Delete, Get, HttpCode, Param, Post } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import { ApiBody, ApiCreatedResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { AdminAudit } from '../../platform/auth/admin-audit';
import { Config } from '../../platform/config';
import { OpaqueErrors } from '../../platform/errors/opaque-errors';
import { ApiAdminKey, ApiErrors } from '../../platform/http/api-errors';
import { NoBody, OptionalBody } from '../../platform/http/body-use';
import { Caller } from '../../platform/http/caller';
import { idOf } from '../../platform/http/ids';
import { parseInstant } from '../../platform/http/instants';
import { DeactivateAgent } from '../commands/deactivate-agent.command';
import { IssueAgentToken } from '../commands/issue-agent-token.command';
import { RegisterAgent } from '../commands/register-agent.command';
import { GetAgent } from '../queries/get-agent.query';
import { ListAgents } from '../queries/list-agents.query';
import type { AgentView } from '../read-model/agent.view';
import {
  AgentParams,
  AgentRegisteredResponse,
  AgentResponse,
  AgentsDeactivatedResponse,
  AgentTokenResponse,
  IssueTokenRequest,
  RegisterAgentRequest,
} from './agent.dto';

@ApiTags('agents')
@ApiAdminKey()
@Controller('agents')
export class AgentsController {
  constructor(
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
    private readonly audit: AdminAudit,
    private readonly config: Config,
  ) {}

  @Post()
  @ApiOperation({ operationId: 'registerAgent', summary: 'Register an agent and issue its token' })
  @ApiCreatedResponse({ type: AgentRegisteredResponse })
  @ApiErrors(400, 413, 415, 422, 503)
  async register(
    @Body() body: RegisterAgentRequest,
    @Caller() caller: EventContext,
  ): Promise<AgentRegisteredResponse> {
    const { tokenExpirySecs } = this.config.admin;
    const { agentId, token } = await this.commands.execute(
      new RegisterAgent(profileOf(body), tokenExpirySecs, caller),
    );
    const detail = `owner=${body.owner}`;
    this.audit.record(caller, { operation: 'register_agent', agentId, detail });
    return { agent_id: agentId, token };
  }

  @Get()
  @ApiOperation({ operationId: 'listAgents', summary: 'List the agents that can be used' })
  @ApiOkResponse({ type: [AgentResponse] })
  @ApiErrors()
  async list(): Promise<readonly AgentResponse[]> {
    return (await this.queries.execute(new ListAgents())).map(responseOf);
  }

  @Get(':id')
  @ApiOperation({ operationId: 'getAgent', summary: 'Read one agent' })
  @ApiOkResponse({ type: AgentResponse })
  @ApiErrors(400, 404)
  async read(@Param() { id }: AgentParams): Promise<AgentResponse> {
    return responseOf(await this.queries.execute(new GetAgent(idOf('agent', id))));
  }

  @Delete(':id')
  @NoBody()
  @OpaqueErrors(agentNotFound, agentAlreadyDeactivated)
  @ApiOperation({
    operationId: 'deactivateAgent',
    summary: 'Deactivate an agent for good and close its sessions',
  })
  @ApiOkResponse({ type: AgentsDeactivatedResponse })
  @ApiErrors(400, 404, 409, 503)
  async deactivate(
    @Param() { id }: AgentParams,
    @Caller() caller: EventContext,
  ): Promise<AgentsDeactivatedResponse> {
    const agentId = idOf('agent', id);
    this.audit.record(caller, { operation: 'deactivate_agent', agentId });
    const { deactivated, sessionsClosed } = await this.commands.execute(
      new DeactivateAgent(agentId, caller),
    );
    return { deactivated, count: deactivated.length, sessions_closed: sessionsClosed };
  }

  @Post(':id/token')
  @HttpCode(200)
  @OptionalBody()
  @OpaqueErrors(agentNotFound)
  @ApiOperation({ operationId: 'issueToken', summary: 'Issue a token for an agent' })
  @ApiBody({ type: IssueTokenRequest, required: false })
  @ApiOkResponse({ type: AgentTokenResponse })
  @ApiErrors(400, 404, 409, 413, 415, 422, 503)
  async token(
    @Param() { id }: AgentParams,
    @Body() body: IssueTokenRequest,
    @Caller() caller: EventContext,
  ): Promise<AgentTokenResponse> {
    const agentId = idOf('agent', id);
    this.audit.record(caller, { operation: 'issue_token', agentId });
    const sessionId = body.session_id === undefined ? null : idOf('session', body.session_id);
    const expirySecs = body.expiry_seconds ?? this.config.admin.tokenExpirySecs;
    const { token, expiresIn } = await this.commands.execute(
      new IssueAgentToken(agentId, sessionId, expirySecs, caller),
    );
    return { token, expires_in: expiresIn };
  }
}

const profileOf = (body: RegisterAgentRequest): AgentProfile => ({
  owner: body.owner,
  model: body.model,
  capabilities: body.capabilities,
  trustLevel: body.trust_level,
  expiresAt: body.expires_at === null ? null : (parseInstant(body.expires_at) ?? null),
});

const responseOf = (agent: AgentView): AgentResponse => ({
  id: agent.agentId,
  owner: agent.owner,
  model: agent.model,
  capabilities: agent.capabilities,
  trust_level: agent.trustLevel,
  created_at: agent.createdAt,
  expires_at: agent.expiresAt,
  active: agent.active,
});
