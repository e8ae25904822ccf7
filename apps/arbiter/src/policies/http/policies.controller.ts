import type { EventContext } from '@arbiter/audit';
import { validationOf } from '@arbiter/domain';
import { examinePolicyToml } from '@arbiter/infra';
import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { AdminAudit } from '../../platform/auth/admin-audit';
import { ApiAdminKey, ApiErrors } from '../../platform/http/api-errors';
import { NoBody } from '../../platform/http/body-use';
import { Caller } from '../../platform/http/caller';
import { idOf } from '../../platform/http/ids';
import { ReloadPolicies } from '../commands/reload-policies.command';
import { ExplainCall } from '../queries/explain-call.query';
import { responseOf } from './explanation';
import {
  ExplainRequest,
  ExplainResponse,
  ReloadResponse,
  ValidateRequest,
  ValidateResponse,
} from './policy.dto';

@ApiTags('policies')
@ApiAdminKey()
@Controller()
export class PoliciesController {
  constructor(
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
    private readonly audit: AdminAudit,
  ) {}

  @Post('policy/explain')
  @HttpCode(200)
  @ApiOperation({ operationId: 'explainCall', summary: 'Say what the policies make of a call' })
  @ApiOkResponse({ type: ExplainResponse })
  @ApiErrors(400, 404, 413, 415, 422)
  async explain(@Body() body: ExplainRequest): Promise<ExplainResponse> {
    const call = {
      agentId: idOf('agent', body.agent_id),
      intent: body.declared_intent,
      tool: body.tool,
      arguments: body.arguments,
      principal: body.principal ?? null,
    };
    return responseOf(await this.queries.execute(new ExplainCall(call)));
  }

  @Post('policy/validate')
  @HttpCode(200)
  @ApiOperation({ operationId: 'validatePolicies', summary: 'Examine the text of a policy file' })
  @ApiOkResponse({ type: ValidateResponse })
  @ApiErrors(400, 413, 415, 422)
  validate(@Body() body: ValidateRequest): ValidateResponse {
    const { valid, policyCount, diagnostics } = validationOf(examinePolicyToml(body.policy_toml));
    return {
      valid,
      policy_count: policyCount,
      diagnostics: diagnostics.map(({ level, policyId, message }) => ({
        level,
        policy_id: policyId,
        message,
      })),
    };
  }

  @Post('policy/reload')
  @HttpCode(200)
  @NoBody()
  @ApiOperation({ operationId: 'reloadPolicies', summary: 'Read the policy file again' })
  @ApiOkResponse({ type: ReloadResponse })
  @ApiErrors(400, 503)
  async reload(@Caller() caller: EventContext): Promise<ReloadResponse> {
    this.audit.record(caller, { operation: 'reload_policies' });
    const count = await this.commands.execute(new ReloadPolicies(caller));
    return { status: 'ok', reloaded: true, policies_loaded: count, policy_count: count };
  }

  @Post('admin/policies/reload')
  @HttpCode(200)
  @NoBody()
  @ApiOperation({ operationId: 'reloadPoliciesAlias', summary: 'The same by its other name' })
  @ApiOkResponse({ type: ReloadResponse })
  @ApiErrors(400, 503)
  reloadByAlias(@Caller() caller: EventContext): Promise<ReloadResponse> {
    return this.reload(caller);
  }
}
