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
  /** Exactly what was judged, in UTF-8; or, when `isJudged` is false, what was sent. */
  readonly body: Buffer;
  readonly isJudged: boolean;
  /** Who the request was judged as, which is who the upstream is told. */
  readonly agent: string | null;
  readonly sessionId: SessionId | null;
  readonly usage: SessionUsage | null;
  /** Set when the answer may list tools: those that the session could not call are left out. */
  readonly visible: ToolVisibility | null;
  /** The bearer token is for us and not for the upstream. */
  readonly hasOwnToken: boolean;
}
