import { DomainError, type ErrorKind } from '@arbiter/domain';
import {
  Catch,
  HttpException,
  HttpStatus,
  Logger,
  NotFoundException,
  type ArgumentsHost,
  type ExceptionFilter,
} from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { AdminFailure } from './admin-failure';

const STATUS_OF_KIND = {
  invalid: HttpStatus.BAD_REQUEST,
  forbidden: HttpStatus.FORBIDDEN,
  'not-found': HttpStatus.NOT_FOUND,
  overdue: HttpStatus.REQUEST_TIMEOUT,
  conflict: HttpStatus.CONFLICT,
  gone: HttpStatus.GONE,
  exhausted: HttpStatus.TOO_MANY_REQUESTS,
  unavailable: HttpStatus.SERVICE_UNAVAILABLE,
  upstream: HttpStatus.BAD_GATEWAY,
  corrupt: HttpStatus.INTERNAL_SERVER_ERROR,
} as const satisfies Record<ErrorKind, HttpStatus>;

/** What a defect says, and a failure that is deliberately silent about its reason (spec §3.1). */
export const OPAQUE_TEXT = 'internal error';

/** Renders every failure of the admin API as `{"error": "<text>"}`; a defect says nothing more. */
@Catch()
export class AdminErrorFilter implements ExceptionFilter {
  private readonly logger = new Logger(AdminErrorFilter.name);

  constructor(private readonly server: HttpAdapterHost) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const [status, text] = render(error);
    if (status === 500) this.logger.error(error);
    else if (status > 500) this.logger.warn({ event: 'admin_unavailable', status, reason: text });
    const response = host.switchToHttp().getResponse<unknown>();
    // Thrown by Nest for a path it does not know, and by nobody else: such answers have no body.
    const body = error instanceof NotFoundException ? undefined : { error: text };
    this.server.httpAdapter.reply(response, body, status);
  }
}

const render = (error: unknown): readonly [status: number, text: string] => {
  if (error instanceof DomainError && error.kind !== 'corrupt')
    return [STATUS_OF_KIND[error.kind], error.message];
  if (error instanceof HttpException) return [error.getStatus(), error.message];
  if (error instanceof AdminFailure) return [HttpStatus.INTERNAL_SERVER_ERROR, error.message];
  return [HttpStatus.INTERNAL_SERVER_ERROR, OPAQUE_TEXT];
};
