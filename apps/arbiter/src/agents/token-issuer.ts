import { secondsAfter, type AgentId, type SessionId } from '@arbiter/domain';
import { AgentTokens, TOKEN_EXPIRY_SECS_MAX, type AgentTokenClaims } from '@arbiter/infra';
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

/** Signs agent tokens (spec §8.4). Each has to be on record before anybody sees it. */
@Injectable()
export class TokenIssuer {
  constructor(
    private readonly tokens: AgentTokens,
    private readonly clock: Clock,
  ) {}

  /** Asked before anything is recorded that makes sense only with a token. */
  requireSecret(): void {
    if (!this.tokens.canIssue)
      throw new AdminFailure('no token can be issued: admin.signing_secret is too short');
  }

  /** What the token will say; an identical request gives another token. */
  claimsOf({ agentId, owner, sessionId, expirySecs }: TokenRequest): AgentTokenClaims {
    const issuedAt = this.clock.now();
    const expiresAt = secondsAfter(issuedAt, Math.min(expirySecs, TOKEN_EXPIRY_SECS_MAX));
    return { agentId, owner, sessionId, tokenId: randomUUID(), issuedAt, expiresAt };
  }

  /** To be called once the claims are on record. */
  sign(claims: AgentTokenClaims): Promise<string> {
    return this.tokens.issue(claims);
  }
}
