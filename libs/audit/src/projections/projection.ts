import type { DomainEvent } from '@arbiter/domain';

export type RowClass<Row extends object> = new () => Row;

/** Next row for an event, from the row before it; undefined is "no such row". */
type Fold<Row extends object, E extends DomainEvent> = (
  row: Row | undefined,
  event: E,
) => Row | undefined;

/**
 * A view: rows folded from events, one row an event. Folds are pure, so a rebuild gives the same
 * rows, and a batch of events costs one read and one write whatever its size. Raising `revision`
 * empties the view and replays it.
 */
export interface Projection<Row extends object = object, E extends DomainEvent = DomainEvent> {
  readonly name: string;
  readonly revision: number;
  readonly view: RowClass<Row>;
  /** The primary key of the row that an event is about. */
  readonly key: (event: E) => string;
  readonly on: { readonly [T in E['type']]?: Fold<Row, Extract<E, { type: T }>> };
}

export const defineProjection = <Row extends object, E extends DomainEvent>(
  projection: Projection<Row, E>,
): Projection => projection as unknown as Projection;
