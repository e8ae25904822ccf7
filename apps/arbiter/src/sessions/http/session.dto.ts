import { SENSITIVITIES, type Instant, type Sensitivity } from '@arbiter/domain';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsArray, IsIn } from 'class-validator';
import { IsId, IsText, IsWhole, NullableField, OptionalField } from '../../platform/http/fields';

/** Types only; ranges and meaning are judged by the decider, which answers 400 instead of 422. */
export class CreateSessionRequest {
  @ApiProperty({ type: String, format: 'uuid' })
  @IsId()
  readonly agent_id!: string;

  @ApiProperty({ type: String, example: 'read and summarize the quarterly report' })
  @IsText()
  readonly declared_intent!: string;

  @ApiPropertyOptional({ type: [String], default: [] })
  @OptionalField()
  @IsArray()
  @IsText({ each: true })
  readonly delegation_chain_snapshot: readonly string[] = [];

  @ApiPropertyOptional({ type: [String], default: [], description: 'Empty means every tool.' })
  @OptionalField()
  @IsArray()
  @IsText({ each: true })
  readonly authorized_tools: readonly string[] = [];

  @ApiPropertyOptional({
    type: [String],
    nullable: true,
    default: [],
    description: 'Empty means every credential.',
  })
  @NullableField()
  @IsArray()
  @IsText({ each: true })
  readonly authorized_credentials: readonly string[] | null = [];

  @ApiPropertyOptional({ type: 'integer', minimum: 1, maximum: 86_400 })
  @OptionalField()
  @IsWhole()
  readonly time_limit_secs?: number;

  @ApiPropertyOptional({ type: 'integer', minimum: 1, maximum: 1_000_000 })
  @OptionalField()
  @IsWhole(0)
  readonly call_budget?: number;

  @ApiPropertyOptional({
    type: 'integer',
    minimum: 0,
    nullable: true,
    default: null,
    description: 'Calls per window, whatever its length; null is unlimited.',
  })
  @NullableField()
  @IsWhole(0)
  readonly rate_limit_per_minute: number | null = null;

  @ApiPropertyOptional({ type: 'integer', minimum: 10, maximum: 3600, nullable: true })
  @NullableField()
  @IsWhole(0)
  readonly rate_limit_window_secs: number | null = null;

  @ApiPropertyOptional({ enum: SENSITIVITIES, default: 'internal' })
  @OptionalField()
  @IsIn(SENSITIVITIES)
  readonly data_sensitivity_ceiling: Sensitivity = 'internal';
}

export class SessionParams {
  @ApiProperty({ type: String, format: 'uuid' })
  @IsId()
  readonly id!: string;
}

export class SessionCreatedResponse {
  @ApiProperty({ type: String, format: 'uuid' }) readonly session_id!: string;
  @ApiProperty({ type: String }) readonly declared_intent!: string;
  @ApiProperty({ type: [String] }) readonly authorized_tools!: readonly string[];
  @ApiProperty({ type: [String] }) readonly authorized_credentials!: readonly string[];
  @ApiProperty({ type: 'integer' }) readonly call_budget!: number;
  @ApiProperty({ type: 'integer' }) readonly time_limit_secs!: number;
}

export class SessionStatusResponse {
  @ApiProperty({ type: String, format: 'uuid' }) readonly session_id!: string;
  @ApiProperty({ type: String, format: 'uuid' }) readonly agent_id!: string;
  @ApiProperty({ type: String }) readonly declared_intent!: string;
  @ApiProperty({ type: [String] }) readonly authorized_tools!: readonly string[];
  @ApiProperty({ type: [String] }) readonly authorized_credentials!: readonly string[];
  @ApiProperty({ enum: ['active', 'closed', 'expired'] })
  readonly status!: 'active' | 'closed' | 'expired';
  @ApiProperty({ type: 'integer' }) readonly calls_made!: number;
  @ApiProperty({ type: 'integer' }) readonly call_budget!: number;
  @ApiProperty({ type: 'integer' }) readonly calls_remaining!: number;
  @ApiProperty({ type: 'integer', nullable: true }) readonly rate_limit_per_minute!: number | null;
  @ApiProperty({ enum: SENSITIVITIES }) readonly data_sensitivity_ceiling!: Sensitivity;
  @ApiProperty({ type: String, format: 'date-time' }) readonly created_at!: Instant;
  @ApiProperty({ type: String, format: 'date-time' }) readonly expires_at!: Instant;
  @ApiProperty({ type: 'integer' }) readonly seconds_remaining!: number;
  @ApiProperty({ type: [String] }) readonly warnings!: readonly string[];
}

export class SessionClosedResponse {
  @ApiProperty({ type: String, format: 'uuid' }) readonly session_id!: string;
  @ApiProperty({ enum: ['closed'] }) readonly status!: 'closed';
  @ApiProperty({ type: String }) readonly declared_intent!: string;
  @ApiProperty({ type: 'integer' }) readonly total_calls!: number;
  @ApiProperty({ type: 'integer' }) readonly call_budget!: number;
  @ApiProperty({ type: Number }) readonly budget_utilization_pct!: number;
  @ApiProperty({ type: 'integer' }) readonly time_used_secs!: number;
  @ApiProperty({ type: 'integer' }) readonly time_limit_secs!: number;
  @ApiProperty({ type: 'integer' }) readonly denied_attempts!: number;
  @ApiProperty({ type: 'integer' }) readonly anomalies_detected!: number;
}
