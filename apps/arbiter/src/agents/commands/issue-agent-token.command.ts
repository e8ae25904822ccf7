import { Decisions, type EventContext } from '@arbiter/audit';
import {
  agentDecider,
  agentNotFound,
  isOverdue,
  secondsAfter,
  secondsBetween,
  sessionDecider,
  sessionNotFound,
  type AgentId,
  type Instant,
  type SessionId,
} from '@arbiter/domain';
import { TOKEN_EXPIRY_SECS_MAX } from '@arbiter/infra';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { Clock } from '../../platform/clock';
import { expiryNotPositive, sessionOfAnother, sessionOver } from '../agent-token.errors';
import { TokenIssuer } from '../token-issuer';

export interface IssuedToken {
  readonly token: string;
  /** Seconds, after every cap. */
  readonly expiresIn: number;
}

export class IssueAgentToken extends Command<IssuedToken> {
  constructor(
    readonly agentId: AgentId,
    readonly sessionId: SessionId | null,
    readonly expirySecs: number,
    readonly context: EventContext,
  ) {
    super();
  }
}

@CommandHandler(IssueAgentToken)
export class IssueAgentTokenHandler implements ICommandHandler<IssueAgentToken> {
  constructor(
    private readonly decisions: Decisions,
    private readonly issuer: TokenIssuer,
    private readonly clock: Clock,
  ) {}

  async execute({
    agentId,
    sessionId,
    expirySecs,
    context,
  }: IssueAgentToken): Promise<IssuedToken> {
    if (expirySecs <= 0) throw expiryNotPositive();
    const at = this.clock.now();
    const owner = await this.ownerOf(agentId, at);
    const sessionSecs = sessionId === null ? Infinity : await this.rest(sessionId, agentId, at);
    const expiresIn = Math.min(expirySecs, TOKEN_EXPIRY_SECS_MAX, sessionSecs);
    this.issuer.requireSecret();
    const claims = this.issuer.claimsOf({ agentId, owner, sessionId, expirySecs: expiresIn });
    const { tokenId, issuedAt, expiresAt } = claims;
    await this.decisions.run(
      agentDecider,
      `agent/${agentId}`,
      { type: 'IssueAgentToken', agentId, sessionId, tokenId, expiresAt, at: issuedAt },
      context,
    );
    return { token: await this.issuer.sign(claims), expiresIn };
  }

  /** Judged without recording anything, so that an unusable agent is told so before its session is. */
  private async ownerOf(agentId: AgentId, at: Instant): Promise<string> {
    const agent = await this.decisions.stateOf(agentDecider, `agent/${agentId}`);
    const rehearsal = { tokenId: '', sessionId: null, expiresAt: at, agentId, at };
    agentDecider.decide({ type: 'IssueAgentToken', ...rehearsal }, agent);
    if (agent.status === 'absent') throw agentNotFound();
    return agent.owner;
  }

  /** How long the session can still be used, in whole seconds: its token is no good after it (D7). */
  private async rest(sessionId: SessionId, agentId: AgentId, at: Instant): Promise<number> {
    const session = await this.decisions.stateOf(sessionDecider, `session/${sessionId}`);
    if (session.status === 'absent') throw sessionNotFound();
    if (session.agentId !== agentId) throw sessionOfAnother();
    if (session.status !== 'active' || isOverdue(session, at)) throw sessionOver();
    const endsAt = secondsAfter(session.openedAt, session.timeLimitSecs);
    // In its last second too a session gets a token; the gateway asks the session anyway.
    return Math.max(1, Math.floor(secondsBetween(at, endsAt)));
  }
}
