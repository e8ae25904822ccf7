import { DomainError, type ErrorFactory } from '@arbiter/domain';
import {
  UseInterceptors,
  type CallHandler,
  type ExecutionContext,
  type NestInterceptor,
} from '@nestjs/common';
import { catchError, throwError, type Observable } from 'rxjs';
import { OPAQUE_TEXT } from './admin-error.filter';

class OpaqueInterceptor implements NestInterceptor {
  constructor(private readonly codes: ReadonlySet<string>) {}

  intercept(_context: ExecutionContext, next: CallHandler): Observable<unknown> {
    return next.handle().pipe(catchError((error: unknown) => throwError(() => this.veiled(error))));
  }

  private veiled(error: unknown): unknown {
    return error instanceof DomainError && this.codes.has(error.code)
      ? new DomainError(error.code, error.kind, OPAQUE_TEXT, error.details)
      : error;
  }
}

/** These errors keep their status on this route, and say nothing else (spec §3.1). */
export const OpaqueErrors = (...errors: readonly ErrorFactory[]): MethodDecorator =>
  UseInterceptors(new OpaqueInterceptor(new Set(errors.map(({ code }) => code))));
