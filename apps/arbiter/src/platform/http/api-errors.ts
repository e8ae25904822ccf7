import { applyDecorators } from '@nestjs/common';
import { ApiBearerAuth, ApiProperty, ApiResponse, ApiSecurity } from '@nestjs/swagger';

class ErrorResponse {
  @ApiProperty({ type: String, example: 'session not found' }) readonly error!: string;
}

/** Every route can answer these: no key, a wrong key, too many requests, a defect. */
const ALWAYS = [401, 429, 500];

/** The statuses of failures besides those that every route has. */
export const ApiErrors = (...statuses: readonly number[]): MethodDecorator =>
  applyDecorators(
    ...[...new Set([...statuses, ...ALWAYS])]
      .sort((a, b) => a - b)
      .map((status) => ApiResponse({ status, type: ErrorResponse, description: 'See `error`.' })),
  );

/** Either of two ways to present the one key (D3). */
export const ApiAdminKey = (): ClassDecorator =>
  applyDecorators(ApiSecurity('api-key'), ApiBearerAuth('bearer'));
