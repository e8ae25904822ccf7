import type { Instant, SessionId } from '@arbiter/domain';
import type { ToolVisibility } from './mcp/tools-list-filter';

/** What an authorized session shows its client on every answer (spec §6.6). */
export interface SessionUsage {
  readonly callsRemaining: number;
  readonly callBudget: number;
  readonly expiresAt: Instant;
  readonly timeLimitSecs: number;
}

/** Permission to forward a request once; the event that grants it is durable. */
export interface Passage {
  /** Exactly what was judged. */
  readonly body: Buffer;
  readonly sessionId: SessionId | null;
  readonly usage: SessionUsage | null;
  /** Set when the answer may list tools: those that the session could not call are left out. */
  readonly visible: ToolVisibility | null;
  /** A token of ours is for us and not for the upstream. */
  readonly dropAuthorization: boolean;
}
