import type { EventContext } from '@arbiter/audit';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { Config } from '../../platform/config';
import { noPolicyFile } from '../policy-reload.errors';
import { PolicySets } from '../policy-sets';

/** Resolves to the number of rules that are in force from now on. */
export class ReloadPolicies extends Command<number> {
  constructor(readonly context: EventContext) {
    super();
  }
}

@CommandHandler(ReloadPolicies)
export class ReloadPoliciesHandler implements ICommandHandler<ReloadPolicies> {
  constructor(
    private readonly policies: PolicySets,
    private readonly config: Config,
  ) {}

  async execute({ context }: ReloadPolicies): Promise<number> {
    // Inline rules are part of the configuration, which is read once (spec §5.8).
    if (this.config.policy.file === undefined) throw noPolicyFile();
    return this.policies.reload(context);
  }
}
