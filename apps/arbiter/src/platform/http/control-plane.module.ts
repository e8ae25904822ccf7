import { Global, Module } from '@nestjs/common';
import { APP_FILTER, APP_GUARD, APP_PIPE } from '@nestjs/core';
import { AdminAudit } from '../auth/admin-audit';
import { AdminGate } from '../auth/admin-gate';
import { AdminKeyGuard } from '../auth/admin-key.guard';
import { AdminErrorFilter } from '../errors/admin-error.filter';
import { DtoPipe } from './dto.pipe';

/** What every route of the control plane goes through. Complete only with `configureControlPlane`. */
@Global()
@Module({
  providers: [
    AdminAudit,
    AdminGate,
    { provide: APP_GUARD, useClass: AdminKeyGuard },
    { provide: APP_FILTER, useClass: AdminErrorFilter },
    { provide: APP_PIPE, useClass: DtoPipe },
  ],
  exports: [AdminAudit],
})
export class ControlPlaneModule {}
