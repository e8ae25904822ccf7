import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { projectionUnknown } from '../audit-log.errors';
import { DerivedState } from '../derived-state';

/** Resolves once the view is empty; it is filled again while others go on. */
export class RebuildProjection extends Command<void> {
  constructor(readonly name: string) {
    super();
  }
}

@CommandHandler(RebuildProjection)
export class RebuildProjectionHandler implements ICommandHandler<RebuildProjection> {
  constructor(private readonly derived: DerivedState) {}

  async execute({ name }: RebuildProjection): Promise<void> {
    if (!(await this.derived.rebuild(name))) throw projectionUnknown({ name });
  }
}
