import { Decisions, EventStore, type EventContext } from '@arbiter/audit';
import { positionUnknown } from '@arbiter/domain';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { Clock } from '../../platform/clock';
import { erasureReasonEmpty } from '../audit-log.errors';
import { DerivedState } from '../derived-state';
import { requireErasable } from '../erasable';

/** Resolves to the position of the record of the erasure. */
export class EraseEvent extends Command<number> {
  constructor(
    readonly position: number,
    readonly reason: string,
    readonly context: EventContext,
  ) {
    super();
  }
}

/** Forgets what an event says, and all that was made of it; that it happened stays on record. */
@CommandHandler(EraseEvent)
export class EraseEventHandler implements ICommandHandler<EraseEvent> {
  constructor(
    private readonly store: EventStore,
    private readonly derived: DerivedState,
    private readonly decisions: Decisions,
    private readonly clock: Clock,
  ) {}

  async execute({ position, reason, context }: EraseEvent): Promise<number> {
    if (reason.trim() === '') throw erasureReasonEmpty();
    const [found] = await this.store.readAfter(position - 1, 1);
    if (found?.link.position !== position) throw positionUnknown({ position });
    await requireErasable(found, this.decisions);
    // First what was made of it: a crash in between must not leave that behind.
    await this.derived.forget([found.link.stream]);
    const at = this.clock.now();
    const receipt = await this.store.erase([position], reason, { ...context, at });
    await this.derived.forget([found.link.stream]);
    return receipt.position;
  }
}
