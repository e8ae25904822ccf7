import { Module, type DynamicModule } from '@nestjs/common';
import { AgentsModule } from './agents/agents.module';
import { AuditLogModule } from './audit-log/audit-log.module';
import { GatewayModule } from './gateway/gateway.module';
import { ControlPlaneModule } from './platform/http/control-plane.module';
import { PlatformModule, type Foundations } from './platform/platform.module';
import { PoliciesModule } from './policies/policies.module';
import { SessionsModule } from './sessions/sessions.module';

/** Composition root: the ports on what is open, and the features on the ports. */
@Module({})
export class ArbiterModule {
  static on(foundations: Foundations): DynamicModule {
    return {
      module: ArbiterModule,
      imports: [
        PlatformModule.on(foundations),
        ControlPlaneModule,
        AgentsModule,
        SessionsModule,
        PoliciesModule,
        AuditLogModule,
        GatewayModule,
      ],
    };
  }
}
