import { Module } from '@nestjs/common';
import { ControlPlaneModule } from '../platform/http/control-plane.module';
import { ReloadPoliciesHandler } from './commands/reload-policies.command';
import { PoliciesController } from './http/policies.controller';
import { PolicySets } from './policy-sets';
import { ExplainCallHandler } from './queries/explain-call.query';

@Module({
  imports: [ControlPlaneModule],
  controllers: [PoliciesController],
  providers: [ExplainCallHandler, PolicySets, ReloadPoliciesHandler],
  exports: [PolicySets],
})
export class PoliciesModule {}
