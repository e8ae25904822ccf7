import { staleStream, type Decider, type DomainEvent } from '@arbiter/domain';
import type { EventContext, StreamId } from '../chain/envelope';
import { AppendsUnderWay } from './appends-under-way';
import type { EventStore, Receipt } from './event-store';
import { HotStreams, type HotStream } from './hot-streams';
import type { Snapshots } from './snapshots';

const ATTEMPTS_MAX = 5;

export interface Decided<Event extends DomainEvent> extends Receipt {
  /** Empty when there was nothing to do. */
  readonly events: readonly Event[];
}

/**
 * Decides on streams kept folded in memory, and appends what was decided. It has to be the only one
 * that appends to them: another writer is noticed by the version of the stream, but not by what
 * was decided meanwhile on top of a decision that lost.
 */
export class Decisions {
  private readonly appends = new AppendsUnderWay();
  private readonly hot: HotStreams;

  constructor(
    private readonly store: EventStore,
    snapshots: Snapshots,
  ) {
    this.hot = new HotStreams(store, snapshots, this.appends);
  }

  /** The state that the next command on the stream would be judged on. */
  async stateOf<State, Command, Event extends DomainEvent>(
    decider: Decider<State, Command, Event>,
    stream: StreamId,
  ): Promise<State> {
    const { state, version } = await this.hot.load(decider, stream);
    // Guessed ids must not push streams out that exist.
    if (version === 0) this.hot.evict(stream);
    return state as State;
  }

  /**
   * Judges a command and records the outcome; resolves when it is durable. A stream that moved on
   * meanwhile, because an append before this one failed, is judged anew.
   */
  async run<State, Command, Event extends DomainEvent>(
    decider: Decider<State, Command, Event>,
    stream: StreamId,
    command: Command,
    context: EventContext,
  ): Promise<Decided<Event>> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.once(decider, stream, command, context);
      } catch (error) {
        if (attempt === ATTEMPTS_MAX || !isStale(error)) throw error;
      }
    }
  }

  /** The same, but throws `stream.stale` instead: for commands that carry facts of elsewhere. */
  async once<State, Command, Event extends DomainEvent>(
    decider: Decider<State, Command, Event>,
    stream: StreamId,
    command: Command,
    context: EventContext,
  ): Promise<Decided<Event>> {
    const hot = await this.hot.load(decider, stream);
    return this.attempt(decider, { stream, hot }, command, context);
  }

  /** Drops streams from memory: after an erasure, or when nothing more will be decided on them. */
  forget(streams: readonly StreamId[]): void {
    for (const stream of streams) this.hot.evict(stream);
  }

  private async attempt<State, Command, Event extends DomainEvent>(
    decider: Decider<State, Command, Event>,
    { stream, hot }: { readonly stream: StreamId; readonly hot: HotStream },
    command: Command,
    context: EventContext,
  ): Promise<Decided<Event>> {
    // No await from here to the append: two commands never judge the same state.
    const { version, position, state } = hot;
    if (!this.hot.isCurrent(stream, hot)) throw staleStream({ stream, version });
    const events = decider.decide(command, state as State);
    if (events.length === 0) return { version, position, events };
    hot.state = events.reduce<State>(
      (current, event) => decider.evolve(current, event),
      state as State,
    );
    hot.version += events.length;
    this.appends.begin(stream);
    try {
      const receipt = await this.store.append(stream, version, events, context);
      hot.position = Math.max(hot.position, receipt.position);
      this.hot.snapshotIfDue(stream, decider.revision, hot);
      return { ...receipt, events };
    } catch (error) {
      if (this.hot.isCurrent(stream, hot)) this.hot.evict(stream);
      throw error;
    } finally {
      this.appends.end(stream);
    }
  }
}

const isStale = (error: unknown): boolean =>
  (error as { readonly code?: unknown }).code === staleStream.code;
