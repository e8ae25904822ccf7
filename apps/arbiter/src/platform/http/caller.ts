import type { EventContext } from '@arbiter/audit';
import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { AdminRequest } from './admin-request';

/** Who is asking, for the record: becomes `actor` and `correlation` of every event it causes. */
export const Caller = createParamDecorator(
  (_data: unknown, context: ExecutionContext): EventContext | undefined =>
    context.switchToHttp().getRequest<AdminRequest>().caller,
);
