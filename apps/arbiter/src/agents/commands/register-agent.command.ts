import { Decisions, type EventContext } from '@arbiter/audit';
import { agentDecider, type AgentId, type AgentProfile } from '@arbiter/domain';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { Clock, IdGenerator } from '../../platform/clock';
import { TokenIssuer } from '../token-issuer';

export interface Registration {
  readonly agentId: AgentId;
  readonly token: string;
}

export class RegisterAgent extends Command<Registration> {
  constructor(
    readonly profile: AgentProfile,
    /** How long its first token is good for. */
    readonly tokenExpirySecs: number,
    readonly context: EventContext,
  ) {
    super();
  }
}

@CommandHandler(RegisterAgent)
export class RegisterAgentHandler implements ICommandHandler<RegisterAgent> {
  constructor(
    private readonly decisions: Decisions,
    private readonly issuer: TokenIssuer,
    private readonly clock: Clock,
    private readonly ids: IdGenerator,
  ) {}

  async execute({ profile, tokenExpirySecs, context }: RegisterAgent): Promise<Registration> {
    this.issuer.requireSecret();
    const agentId = this.ids.next('agent');
    const at = this.clock.now();
    const { owner } = profile;
    const claims = this.issuer.claimsOf({
      agentId,
      owner,
      sessionId: null,
      expirySecs: tokenExpirySecs,
    });
    const { tokenId, expiresAt } = claims;
    const firstToken = { tokenId, expiresAt };
    const command = { type: 'RegisterAgent', agentId, profile, firstToken, at } as const;
    await this.decisions.run(agentDecider, `agent/${agentId}`, command, context);
    return { agentId, token: await this.issuer.sign(claims) };
  }
}
