import { TRUST_LEVELS, type AgentId, type Instant, type TrustLevel } from '@arbiter/domain';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsArray, IsIn } from 'class-validator';
import {
  IsId,
  IsInstant,
  IsText,
  IsWhole,
  NullableField,
  OptionalField,
} from '../../platform/http/fields';

/** Types only; lengths are judged by the decider, which answers 400 instead of 422. */
export class RegisterAgentRequest {
  @ApiProperty({ type: String, maxLength: 256, description: 'The principal it acts for.' })
  @IsText()
  readonly owner!: string;

  @ApiProperty({ type: String, maxLength: 256 })
  @IsText()
  readonly model!: string;

  @ApiPropertyOptional({ type: [String], maxItems: 64, default: [] })
  @OptionalField()
  @IsArray()
  @IsText({ each: true })
  readonly capabilities: readonly string[] = [];

  @ApiPropertyOptional({ enum: TRUST_LEVELS, default: 'untrusted' })
  @OptionalField()
  @IsIn(TRUST_LEVELS)
  readonly trust_level: TrustLevel = 'untrusted';

  @ApiPropertyOptional({ type: String, format: 'date-time', nullable: true, default: null })
  @NullableField()
  @IsInstant()
  readonly expires_at: string | null = null;
}

export class AgentParams {
  @ApiProperty({ type: String, format: 'uuid' })
  @IsId()
  readonly id!: string;
}

export class IssueTokenRequest {
  @ApiPropertyOptional({ type: 'integer', minimum: 1, description: 'At most 86400 take effect.' })
  @OptionalField()
  @IsWhole()
  readonly expiry_seconds?: number;

  @ApiPropertyOptional({
    type: String,
    format: 'uuid',
    description: 'Makes a token that stands for this session as well, and ends with it.',
  })
  @OptionalField()
  @IsId()
  readonly session_id?: string;
}

export class AgentRegisteredResponse {
  @ApiProperty({ type: String, format: 'uuid' }) readonly agent_id!: AgentId;
  @ApiProperty({ type: String, description: 'A JWT.' }) readonly token!: string;
}

export class AgentTokenResponse {
  @ApiProperty({ type: String, description: 'A JWT.' }) readonly token!: string;
  @ApiProperty({ type: 'integer', description: 'Seconds.' }) readonly expires_in!: number;
}

export class AgentResponse {
  @ApiProperty({ type: String, format: 'uuid' }) readonly id!: AgentId;
  @ApiProperty({ type: String }) readonly owner!: string;
  @ApiProperty({ type: String }) readonly model!: string;
  @ApiProperty({ type: [String] }) readonly capabilities!: readonly string[];
  @ApiProperty({ enum: TRUST_LEVELS }) readonly trust_level!: TrustLevel;
  @ApiProperty({ type: String, format: 'date-time' }) readonly created_at!: Instant;
  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  readonly expires_at!: Instant | null;
  @ApiProperty({ type: Boolean }) readonly active!: boolean;
}

export class AgentsDeactivatedResponse {
  @ApiProperty({ type: [String], format: 'uuid' }) readonly deactivated!: readonly AgentId[];
  @ApiProperty({ type: 'integer' }) readonly count!: number;
  @ApiProperty({ type: 'integer' }) readonly sessions_closed!: number;
}
