import { Decisions, ProjectionEngine, Snapshots, type StreamId } from '@arbiter/audit';
import { Injectable } from '@nestjs/common';

/** Everything that can be made from the log again: folded streams, snapshots and views. */
@Injectable()
export class DerivedState {
  private turn: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly decisions: Decisions,
    private readonly snapshots: Snapshots,
    private readonly projections: ProjectionEngine,
  ) {}

  /** Resolves when the view is empty and on its way; false when there is no such view. */
  rebuild(view: string): Promise<boolean> {
    // One after the other: a view that is being emptied must not be emptied again.
    const turn = this.turn.then(() => this.projections.rebuild(view));
    this.turn = turn.catch(() => undefined);
    return turn;
  }

  /**
   * Folds and snapshots of these streams are gone, for whoever asks next. The views see to themselves:
   * an erasure that they come across has them folded anew.
   */
  async forget(streams: readonly StreamId[]): Promise<void> {
    this.decisions.forget(streams);
    await this.snapshots.forget(streams);
  }
}
