import { Decisions, type EventContext } from '@arbiter/audit';
import {
  agentDecider,
  DomainError,
  sessionClosed,
  sessionDecider,
  type AgentId,
  type SessionId,
} from '@arbiter/domain';
import { Injectable, Logger } from '@nestjs/common';
import { Clock } from '../platform/clock';

type Ending = 'CloseSession' | 'ExpireSession';

/**
 * A session holds a slot of its agent from before it opens until after it has ended (spec §3.5), so
 * two streams have to agree. Here they are brought together at once; a reactor sees to what fails.
 */
@Injectable()
export class SessionSlots {
  private readonly logger = new Logger(SessionSlots.name);
  private readonly opening = new Map<SessionId, Promise<unknown>>();

  constructor(
    private readonly decisions: Decisions,
    private readonly clock: Clock,
  ) {}

  /** Runs what opens the session; meanwhile its slot is nobody else's business. */
  async during<T>(sessionId: SessionId, open: () => Promise<T>): Promise<T> {
    const opened = open();
    this.opening.set(sessionId, opened);
    try {
      return await opened;
    } finally {
      this.opening.delete(sessionId);
    }
  }

  /** Ends the session if the decider agrees, and gives its slot back. False: there was nothing to do. */
  async end(type: Ending, sessionId: SessionId, context: EventContext): Promise<boolean> {
    const command = { type, sessionId, at: this.clock.now() };
    const stream = `session/${sessionId}` as const;
    const { events } = await this.decisions.run(sessionDecider, stream, command, context);
    for (const event of events)
      if (event.type === 'session.ended')
        await this.releaseSoon(event.data.agentId, sessionId, context);
    return events.length > 0;
  }

  /** False when it is not active: it never opened, or somebody else was faster. */
  async closeIfActive(sessionId: SessionId, context: EventContext): Promise<boolean> {
    const { status } = await this.decisions.stateOf(sessionDecider, `session/${sessionId}`);
    if (status !== 'active') return false;
    try {
      return await this.end('CloseSession', sessionId, context);
    } catch (error) {
      if (error instanceof DomainError && error.code === sessionClosed.code) return false;
      throw error;
    }
  }

  /** Gives the slot back; again is harmless. */
  async release(agentId: AgentId, sessionId: SessionId, context: EventContext): Promise<void> {
    const command = { type: 'ReleaseSession', agentId, sessionId, at: this.clock.now() } as const;
    await this.decisions.run(agentDecider, `agent/${agentId}`, command, context);
  }

  /** For whoever has done what was asked for: that the slot follows later is not their failure. */
  async releaseSoon(agentId: AgentId, sessionId: SessionId, context: EventContext): Promise<void> {
    try {
      await this.release(agentId, sessionId, context);
    } catch (error) {
      this.logger.warn({ event: 'session_slot_not_released', session_id: sessionId, error });
    }
  }

  /** Gives the slot back if the session does not exist, and nobody is about to open it. */
  async releaseUnused(
    agentId: AgentId,
    sessionId: SessionId,
    context: EventContext,
  ): Promise<void> {
    await this.opening.get(sessionId)?.catch(() => undefined); // whoever opens it hears of that
    const session = await this.decisions.stateOf(sessionDecider, `session/${sessionId}`);
    if (session.status === 'absent') await this.release(agentId, sessionId, context);
  }
}
