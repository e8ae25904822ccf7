import type { EventContext } from '@arbiter/audit';
import { sessionClosed, sessionNotFound, type SessionTerms } from '@arbiter/domain';
import type { SessionConfig } from '@arbiter/infra';
import { Body, Controller, Get, HttpCode, Param, Post } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import { ApiCreatedResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { AdminAudit } from '../../platform/auth/admin-audit';
import { Config } from '../../platform/config';
import { OpaqueErrors } from '../../platform/errors/opaque-errors';
import { ApiAdminKey, ApiErrors } from '../../platform/http/api-errors';
import { NoBody } from '../../platform/http/body-use';
import { Caller } from '../../platform/http/caller';
import { idOf } from '../../platform/http/ids';
import { CloseSession } from '../commands/close-session.command';
import { OpenSession } from '../commands/open-session.command';
import { GetSession } from '../queries/get-session.query';
import { statusOf, summaryOf } from './session-status';
import {
  CreateSessionRequest,
  SessionClosedResponse,
  SessionCreatedResponse,
  SessionParams,
  SessionStatusResponse,
} from './session.dto';

@ApiTags('sessions')
@ApiAdminKey()
@Controller('sessions')
export class SessionsController {
  constructor(
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
    private readonly audit: AdminAudit,
    private readonly config: Config,
  ) {}

  @Post()
  @ApiOperation({ operationId: 'createSession', summary: 'Open a task session for an agent' })
  @ApiCreatedResponse({ type: SessionCreatedResponse })
  @ApiErrors(400, 404, 413, 415, 422, 503)
  async create(
    @Body() body: CreateSessionRequest,
    @Caller() caller: EventContext,
  ): Promise<SessionCreatedResponse> {
    const { sessions } = this.config;
    const terms = termsOf(body, sessions);
    const detail = `intent=${terms.declaredIntent}`;
    this.audit.record(caller, { operation: 'create_session', agentId: terms.agentId, detail });
    const cap = sessions.maxConcurrentSessionsPerAgent;
    const sessionId = await this.commands.execute(
      new OpenSession(terms, cap === 'unlimited' ? null : cap, caller),
    );
    return {
      session_id: sessionId,
      declared_intent: terms.declaredIntent,
      authorized_tools: terms.authorizedTools,
      authorized_credentials: terms.authorizedCredentials,
      call_budget: terms.callBudget,
      time_limit_secs: terms.timeLimitSecs,
    };
  }

  @Get(':id')
  @OpaqueErrors(sessionNotFound)
  @ApiOperation({ operationId: 'getSession', summary: 'Read one session' })
  @ApiOkResponse({ type: SessionStatusResponse })
  @ApiErrors(400, 404)
  async status(@Param() { id }: SessionParams): Promise<SessionStatusResponse> {
    const reading = await this.queries.execute(new GetSession(idOf('session', id)));
    return statusOf(reading, this.config.sessions.warningThresholdPct);
  }

  @Post(':id/close')
  @HttpCode(200)
  @NoBody()
  @OpaqueErrors(sessionClosed)
  @ApiOperation({ operationId: 'closeSession', summary: 'Close a session and sum it up' })
  @ApiOkResponse({ type: SessionClosedResponse })
  @ApiErrors(400, 404, 409, 503)
  async close(
    @Param() { id }: SessionParams,
    @Caller() caller: EventContext,
  ): Promise<SessionClosedResponse> {
    const sessionId = idOf('session', id);
    this.audit.record(caller, { operation: 'close_session', detail: `session=${sessionId}` });
    await this.commands.execute(new CloseSession(sessionId, caller));
    const { session } = await this.queries.execute(new GetSession(sessionId));
    return summaryOf(session);
  }
}

/** What a client leaves out is the operator's to say (spec B-7). */
const termsOf = (body: CreateSessionRequest, defaults: SessionConfig): SessionTerms => ({
  agentId: idOf('agent', body.agent_id),
  declaredIntent: body.declared_intent,
  delegationChain: body.delegation_chain_snapshot,
  authorizedTools: body.authorized_tools,
  authorizedCredentials: body.authorized_credentials ?? [],
  callBudget: body.call_budget ?? defaults.defaultCallBudget,
  timeLimitSecs: body.time_limit_secs ?? defaults.defaultTimeLimitSecs,
  rateLimit: body.rate_limit_per_minute,
  rateWindowSecs: body.rate_limit_window_secs ?? defaults.rateLimitWindowSecs,
  sensitivityCeiling: body.data_sensitivity_ceiling,
});
