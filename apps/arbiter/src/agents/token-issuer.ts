import { Decisions, type EventContext } from '@arbiter/audit';
import {
  agentDecider,
  secondsAfter,
  type AgentId,
  type Instant,
  type SessionId,
} from '@arbiter/domain';
import { AgentTokens, TOKEN_EXPIRY_SECS_MAX } from '@arbiter/infra';
import { Injectable } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import { Clock } from '../platform/clock';
import { AdminFailure } from '../platform/errors/admin-failure';

export interface TokenRequest {
  readonly agentId: AgentId;
  readonly owner: string;
  /** The one session that the token is for, if any (D7). */
  readonly sessionId: SessionId | null;
  readonly expirySecs: number;
}

/** Signs agent tokens (spec §8.4), and records each before anybody sees it. */
@Injectable()
export class TokenIssuer {
  constructor(
    private readonly tokens: AgentTokens,
    private readonly decisions: Decisions,
    private readonly clock: Clock,
  ) {}

  /** Asked before anything is recorded that makes sense only with a token. */
  requireSecret(): void {
    if (!this.tokens.canIssue)
      throw new AdminFailure('no token can be issued: admin.signing_secret is too short');
  }

  async issue(request: TokenRequest, context: EventContext): Promise<string> {
    const claims = this.claimsOf(request);
    const { agentId, sessionId, tokenId, issuedAt: at, expiresAt } = claims;
    await this.decisions.run(
      agentDecider,
      `agent/${agentId}`,
      { type: 'IssueAgentToken', agentId, sessionId, tokenId, expiresAt, at },
      context,
    );
    return this.tokens.issue(claims);
  }

  /** For an agent that has expired before it was registered: a token that opens nothing. */
  issueUseless(request: TokenRequest): Promise<string> {
    return this.tokens.issue(this.claimsOf(request));
  }

  private claimsOf({ expirySecs, ...who }: TokenRequest): TokenRequest & Claims {
    const issuedAt = this.clock.now();
    const expiresAt = secondsAfter(issuedAt, Math.min(expirySecs, TOKEN_EXPIRY_SECS_MAX));
    return { ...who, expirySecs, tokenId: randomUUID(), issuedAt, expiresAt };
  }
}

interface Claims {
  readonly tokenId: string;
  readonly issuedAt: Instant;
  readonly expiresAt: Instant;
}
