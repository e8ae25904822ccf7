import { EventStore, type EventFilter, type RecordedEvent } from '@arbiter/audit';
import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';

export interface EventPage {
  readonly events: readonly RecordedEvent[];
  /** The position of the last durable event, whether or not the filter lets it through. */
  readonly head: number;
}

export class ReadEvents extends Query<EventPage> {
  constructor(
    readonly after: number,
    readonly limit: number,
    readonly filter: EventFilter,
  ) {
    super();
  }
}

@QueryHandler(ReadEvents)
export class ReadEventsHandler implements IQueryHandler<ReadEvents> {
  constructor(private readonly store: EventStore) {}

  async execute({ after, limit, filter }: ReadEvents): Promise<EventPage> {
    const events = await this.store.readAfter(after, limit, filter);
    return { events, head: this.store.position };
  }
}
