import {
  Injectable,
  UnauthorizedException,
  type CanActivate,
  type ExecutionContext,
} from '@nestjs/common';
import type { AdminRequest } from '../http/admin-request';

/**
 * The key itself is judged by a hook that runs before the body is read. This makes sure that it
 * was: a handler that is reached some other way refuses.
 */
@Injectable()
export class AdminKeyGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const { caller } = context.switchToHttp().getRequest<AdminRequest>();
    if (caller === undefined) throw new UnauthorizedException('missing x-api-key');
    return true;
  }
}
