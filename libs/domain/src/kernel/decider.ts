/**
 * A consistency boundary as three pure functions. State has to be plain JSON: long streams are
 * folded from snapshots of it.
 */
export interface Decider<State, Command, Event> {
  readonly initial: State;
  /** Raised whenever `State` or `evolve` changes its meaning, so that older snapshots are ignored. */
  readonly revision: number;
  /** Throws a DomainError to refuse; returns no events when there is nothing to do. */
  decide(command: Command, state: State): readonly Event[];
  /** Never refuses: the past has happened. */
  evolve(state: State, event: Event): State;
}
