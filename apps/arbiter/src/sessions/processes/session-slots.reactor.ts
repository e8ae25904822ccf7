import {
  EventStore,
  follow,
  ProjectionEngine,
  type EventContext,
  type RecordedEvent,
} from '@arbiter/audit';
import { DomainError, type AgentEvent, type SessionEvent } from '@arbiter/domain';
import {
  Injectable,
  Logger,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { setTimeout as delay } from 'node:timers/promises';
import { AgentView } from '../../agents/read-model/agent.view';
import { Views } from '../../platform/views';
import { inBatches } from '../in-batches';
import { SessionSlotView } from '../read-model/session-slot.view';
import { SessionSlots } from '../session-slots';

const BATCH_MAX = 500;
const LEFTOVERS_MAX = 500;
const AT_ONCE_MAX = 50;
const RETRY_MS = 1_000;
const SETTLE_MS = 1_000;
const REACTOR = { kind: 'process', id: 'session-slots' } as const;

/**
 * Brings agents and their sessions together where whoever acted could not: gives back the slots of
 * sessions that have ended or never opened, and closes the sessions of agents that were deactivated.
 * What happened before the start is looked up in the view, which is the checkpoint; what happens
 * from then on comes from the log. All of it may be done again.
 */
@Injectable()
export class SessionSlotsReactor implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(SessionSlotsReactor.name);
  private readonly stopping = new AbortController();
  private running: Promise<void> = Promise.resolve();

  constructor(
    private readonly store: EventStore,
    private readonly projections: ProjectionEngine,
    private readonly views: Views,
    private readonly slots: SessionSlots,
  ) {}

  onApplicationBootstrap(): void {
    this.running = this.run(this.stopping.signal);
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.stopping.abort();
    await this.running;
  }

  private async run(signal: AbortSignal): Promise<void> {
    let position = this.store.position;
    let isClear = false;
    while (!signal.aborted) {
      try {
        isClear ||= await this.clearLeftovers(signal);
        for await (const recorded of this.eventsAfter(position, signal)) {
          await this.react(recorded);
          position = recorded.link.position;
        }
      } catch (error) {
        this.logger.warn({ event: 'session_slots_waiting', error });
        await delay(RETRY_MS, undefined, { signal }).catch(() => undefined); // stopping
      }
    }
  }

  private async *eventsAfter(position: number, signal: AbortSignal): AsyncGenerator<RecordedEvent> {
    for await (const batch of follow(this.store, position, { batchMax: BATCH_MAX, signal }))
      yield* batch;
  }

  private async clearLeftovers(signal: AbortSignal): Promise<boolean> {
    while (!(await this.projections.settled(SETTLE_MS))) if (signal.aborted) return false;
    let after = '';
    for (;;) {
      const page = await this.leftovers(after);
      await inBatches(page, AT_ONCE_MAX, (leftover) => this.clear(leftover));
      const last = page.at(-1);
      if (last === undefined || signal.aborted) return true;
      after = last.sessionId;
    }
  }

  private async leftovers(after: string): Promise<readonly SessionSlotView[]> {
    return (await this.views.of(SessionSlotView))
      .createQueryBuilder('slot')
      .leftJoin(AgentView, 'agent', 'agent.agentId = slot.agentId')
      .where('slot.sessionId > :after', { after })
      .andWhere(`(slot.state <> 'open' OR agent.active = 0)`)
      .orderBy('slot.sessionId')
      .limit(LEFTOVERS_MAX)
      .getMany();
  }

  private clear({ agentId, sessionId, state }: SessionSlotView): Promise<void> {
    const context = { actor: REACTOR, correlation: `session-slots:${sessionId}` };
    return this.attempt(async () => {
      if (state === 'ended') await this.slots.release(agentId, sessionId, context);
      else if (state === 'admitted') await this.slots.releaseUnused(agentId, sessionId, context);
      else await this.slots.closeIfActive(sessionId, context);
    });
  }

  private react({ event, link }: RecordedEvent): Promise<void> {
    const { correlation, id: causation } = link;
    return this.attempt(() =>
      this.follow(event as AgentEvent | SessionEvent | undefined, {
        actor: REACTOR,
        correlation,
        causation,
      }),
    );
  }

  private async follow(
    event: AgentEvent | SessionEvent | undefined,
    context: EventContext,
  ): Promise<void> {
    if (event?.type === 'session.ended')
      await this.slots.release(event.data.agentId, event.data.sessionId, context);
    if (event?.type === 'agent.session-admitted')
      await this.slots.releaseUnused(event.data.agentId, event.data.sessionId, context);
    if (event?.type === 'agent.deactivated')
      for (const sessionId of event.data.sessionIds)
        await this.slots.closeIfActive(sessionId, context);
  }

  /** A store that cannot write is waited for; anything else would be the same the next time. */
  private async attempt(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (error instanceof DomainError && error.kind === 'unavailable') throw error;
      this.logger.error({ event: 'session_slot_stuck', error });
    }
  }
}
