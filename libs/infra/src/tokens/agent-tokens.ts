import type { AgentId, Instant, SessionId } from '@arbiter/domain';
import { jwtVerify, SignJWT } from 'jose';

/** What an agent token says (gateway spec §8.4, and D7 for `sessionId`). */
export interface AgentTokenClaims {
  readonly owner: string;
  readonly agentId: AgentId;
  readonly sessionId: SessionId | null;
  readonly tokenId: string;
  readonly issuedAt: Instant;
  readonly expiresAt: Instant;
}

const ISSUER = 'arbiter';
const ALGORITHM = 'HS256';
const SECRET_BYTES_MIN = 32;
const VERIFIED_MAX = 5_000;
export const TOKEN_EXPIRY_SECS_MAX = 86_400;
/** Longer than any token issued here; what is longer is not even looked at. */
const TOKEN_CHARACTERS_MAX = 4_096;

export class SigningSecretTooShort extends Error {
  constructor() {
    super('admin.signing_secret is shorter than 32 bytes, so no token can be issued');
  }
}

/** Issues and verifies agent tokens. Verification is remembered, because a client sends its token with every call. */
export class AgentTokens {
  private readonly key: Uint8Array;
  private readonly verified = new Map<string, AgentTokenClaims>();

  constructor(secret: string) {
    this.key = new TextEncoder().encode(secret);
  }

  get canIssue(): boolean {
    return this.key.length >= SECRET_BYTES_MIN;
  }

  /** Throws `SigningSecretTooShort` when the configured secret cannot sign. */
  async issue({
    owner,
    agentId,
    sessionId,
    tokenId,
    issuedAt,
    expiresAt,
  }: AgentTokenClaims): Promise<string> {
    if (!this.canIssue) throw new SigningSecretTooShort();
    return new SignJWT({
      agent_id: agentId,
      ...(sessionId !== null && { sid: sessionId }),
    })
      .setProtectedHeader({ typ: 'JWT', alg: ALGORITHM })
      .setSubject(owner)
      .setIssuer(ISSUER)
      .setIssuedAt(seconds(issuedAt))
      .setExpirationTime(seconds(expiresAt))
      .setJti(tokenId)
      .sign(this.key);
  }

  /** Undefined when it is not a token of ours, was changed, or has expired at `at`. */
  async verify(token: string, at: Instant): Promise<AgentTokenClaims | undefined> {
    const known = this.verified.get(token);
    const claims = known ?? (await this.read(token, at));
    if (claims === undefined || seconds(claims.expiresAt) <= seconds(at)) return undefined;
    if (known === undefined) this.remember(token, claims);
    return claims;
  }

  private async read(token: string, at: Instant): Promise<AgentTokenClaims | undefined> {
    if (!this.canIssue || token.length > TOKEN_CHARACTERS_MAX) return undefined;
    try {
      const { payload } = await jwtVerify(token, this.key, {
        algorithms: [ALGORITHM],
        issuer: ISSUER,
        requiredClaims: ['sub', 'agent_id', 'iat', 'exp', 'jti'],
        currentDate: new Date(at),
      });
      return claimsOf(payload);
    } catch {
      return undefined; // every way to be invalid looks alike to the caller
    }
  }

  private remember(token: string, claims: AgentTokenClaims): void {
    if (this.verified.size >= VERIFIED_MAX) this.verified.clear();
    this.verified.set(token, claims);
  }
}

const seconds = (instant: Instant): number => Math.floor(Date.parse(instant) / 1000);

const instantOf = (secondsSinceEpoch: number): Instant =>
  new Date(secondsSinceEpoch * 1000).toISOString() as Instant;

const claimsOf = (payload: Awaited<ReturnType<typeof jwtVerify>>['payload']): AgentTokenClaims => ({
  owner: payload.sub ?? '',
  agentId: payload['agent_id'] as AgentId,
  sessionId: (payload['sid'] ?? null) as SessionId | null,
  tokenId: payload.jti ?? '',
  issuedAt: instantOf(payload.iat ?? 0),
  expiresAt: instantOf(payload.exp ?? 0),
});
