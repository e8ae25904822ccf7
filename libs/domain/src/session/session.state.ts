import type { CallId, Instant } from '../kernel/values';
import type { SessionTerms } from './session.commands';

export interface RateWindow {
  readonly rateWindowStartedAt: Instant;
  readonly rateWindowCalls: number;
}

export interface KnownSession extends SessionTerms, RateWindow {
  readonly status: 'active' | 'closed' | 'expired';
  readonly openedAt: Instant;
  readonly callsMade: number;
  /** Authorized and not yet completed; bounded by what is in flight. */
  readonly openCalls: readonly CallId[];
}

export type Session = { readonly status: 'absent' } | KnownSession;
