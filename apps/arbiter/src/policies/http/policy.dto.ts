import { POLICY_DISPOSITIONS, POLICY_EFFECTS } from '@arbiter/domain';
import { ApiProperty, ApiPropertyOptional, type ApiPropertyOptions } from '@nestjs/swagger';
import { IsId, IsText, OptionalField } from '../../platform/http/fields';

const ANY_JSON = {
  nullable: true,
  oneOf: [
    { type: 'object', additionalProperties: true },
    { type: 'array', items: {} },
    { type: 'string' },
    { type: 'number' },
    { type: 'boolean' },
  ],
} as const satisfies Partial<ApiPropertyOptions>;

export class ExplainRequest {
  @ApiProperty({ type: String, format: 'uuid' })
  @IsId()
  readonly agent_id!: string;

  @ApiProperty({ type: String })
  @IsText()
  readonly declared_intent!: string;

  @ApiProperty({ type: String, example: 'read_file' })
  @IsText()
  readonly tool!: string;

  @ApiPropertyOptional({ ...ANY_JSON, description: 'Any JSON value.' })
  @OptionalField()
  readonly arguments?: unknown;

  @ApiPropertyOptional({ type: String, description: 'The owner of the agent, if left out.' })
  @OptionalField()
  @IsText()
  readonly principal?: string;
}

export class ValidateRequest {
  @ApiProperty({ type: String, description: 'The text of a policy file.' })
  @IsText()
  readonly policy_toml!: string;
}

export class PolicyTraceResponse {
  @ApiProperty({ type: String }) readonly policy_id!: string;
  @ApiProperty({ type: Boolean }) readonly matched!: boolean;
  @ApiProperty({ enum: POLICY_EFFECTS }) readonly effect!: string;
  @ApiProperty({ type: 'integer' }) readonly specificity!: number;
  @ApiProperty({ enum: POLICY_DISPOSITIONS }) readonly disposition!: string;
  @ApiPropertyOptional({ type: String }) readonly skip_reason?: string;
  @ApiProperty({ type: String, format: 'uuid', nullable: true }) readonly agent_id!: string | null;
  @ApiProperty({ type: String }) readonly principal_sub!: string;
  @ApiProperty({ type: String }) readonly tool_name!: string;
  @ApiProperty({ type: String, format: 'date-time' }) readonly timestamp!: string;
}

export class ExplainResponse {
  @ApiProperty({ enum: ['allow', 'deny', 'escalate', 'annotate'] }) readonly decision!: string;
  @ApiProperty({ type: String, nullable: true }) readonly matched_policy!: string | null;
  @ApiProperty({ type: String, nullable: true }) readonly reason!: string | null;
  @ApiProperty({ type: [PolicyTraceResponse] }) readonly trace!: readonly PolicyTraceResponse[];
}

export class PolicyDiagnosticResponse {
  @ApiProperty({ enum: ['error', 'warning'] }) readonly level!: 'error' | 'warning';
  @ApiProperty({ type: String, nullable: true }) readonly policy_id!: string | null;
  @ApiProperty({ type: String }) readonly message!: string;
}

export class ValidateResponse {
  @ApiProperty({ type: Boolean }) readonly valid!: boolean;
  @ApiProperty({ type: 'integer' }) readonly policy_count!: number;
  @ApiProperty({ type: [PolicyDiagnosticResponse] })
  readonly diagnostics!: readonly PolicyDiagnosticResponse[];
}

export class ReloadResponse {
  @ApiProperty({ enum: ['ok'] }) readonly status!: 'ok';
  @ApiProperty({ type: Boolean }) readonly reloaded!: true;
  @ApiProperty({ type: 'integer' }) readonly policies_loaded!: number;
  @ApiProperty({ type: 'integer' }) readonly policy_count!: number;
}
