import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsCount, IsText, OptionalField } from '../../platform/http/fields';

const EVENTS_LISTED_MAX = 1_000;

/** What a query string says is text until it is checked. */
export class ReadEventsQuery {
  @ApiPropertyOptional({ type: 'integer', minimum: 0, default: 0, description: 'A position.' })
  @OptionalField()
  @IsCount(0, Number.MAX_SAFE_INTEGER)
  readonly after: string = '0';

  @ApiPropertyOptional({ type: 'integer', minimum: 1, maximum: EVENTS_LISTED_MAX, default: 100 })
  @OptionalField()
  @IsCount(1, EVENTS_LISTED_MAX)
  readonly limit: string = '100';

  @ApiPropertyOptional({ type: String, example: 'session/6d1f8b0e-2f5c-4c0f-9c8e-0b6f5b7f1a11' })
  @OptionalField()
  @IsText()
  readonly stream?: string;

  @ApiPropertyOptional({ type: String, example: 'session.tool-call-authorized' })
  @OptionalField()
  @IsText()
  readonly type?: string;
}

export class PositionParams {
  @ApiProperty({ type: 'integer', minimum: 1 })
  @IsCount(1, Number.MAX_SAFE_INTEGER)
  readonly position!: string;
}

export class ProjectionParams {
  @ApiProperty({ type: String, example: 'sessions' })
  @IsText()
  readonly name!: string;
}

export class EraseEventRequest {
  @ApiProperty({ type: String, description: 'Is recorded in place of what is erased.' })
  @IsText()
  readonly reason!: string;
}

export class ActorResponse {
  @ApiProperty({ enum: ['admin', 'agent', 'tenant', 'process', 'anonymous'] })
  readonly kind!: string;
  @ApiProperty({ type: String }) readonly id!: string;
}

export class EventResponse {
  @ApiProperty({ type: 'integer' }) readonly position!: number;
  @ApiProperty({ type: String }) readonly stream!: string;
  @ApiProperty({ type: 'integer' }) readonly version!: number;
  @ApiProperty({ type: String, format: 'uuid' }) readonly id!: string;
  @ApiProperty({ type: String }) readonly type!: string;
  @ApiProperty({ type: 'integer' }) readonly schema!: number;
  @ApiProperty({ type: String, format: 'date-time' }) readonly at!: string;
  @ApiProperty({ type: ActorResponse }) readonly actor!: ActorResponse;
  @ApiPropertyOptional({ type: String }) readonly tenant?: string;
  @ApiProperty({ type: String }) readonly correlation!: string;
  @ApiPropertyOptional({ type: String }) readonly causation?: string;
  @ApiProperty({
    type: 'object',
    additionalProperties: true,
    nullable: true,
    description: 'As it was recorded; null once it was erased.',
  })
  readonly data!: unknown;
  @ApiProperty({ type: String }) readonly data_digest!: string;
  @ApiProperty({ type: String, description: 'The hash of the event before.' })
  readonly prev!: string;
  @ApiProperty({ type: String }) readonly hash!: string;
}

export class EventPageResponse {
  @ApiProperty({ type: [EventResponse] }) readonly events!: readonly EventResponse[];
  @ApiProperty({ type: 'integer', description: 'To be `after` in the next request.' })
  readonly next!: number;
  @ApiProperty({ type: 'integer', description: 'The position of the last event in the log.' })
  readonly head!: number;
}

export class EventErasedResponse {
  @ApiProperty({ type: 'integer' }) readonly position!: number;
  @ApiProperty({ type: 'integer', description: 'The position of the record of it.' })
  readonly recorded_at!: number;
}

export class ProjectionResponse {
  @ApiProperty({ type: String }) readonly name!: string;
  @ApiProperty({ type: 'integer' }) readonly revision!: number;
  @ApiProperty({ type: 'integer' }) readonly position!: number;
  @ApiProperty({ type: 'integer', description: 'How many events it is behind.' })
  readonly lag!: number;
  @ApiProperty({ enum: ['running', 'retrying', 'stopped'] }) readonly state!: string;
  @ApiProperty({ type: String, nullable: true }) readonly error!: string | null;
}

export class ProjectionsResponse {
  @ApiProperty({ type: [ProjectionResponse] })
  readonly projections!: readonly ProjectionResponse[];
  @ApiProperty({ type: 'integer' }) readonly head!: number;
}
