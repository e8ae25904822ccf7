import { Injectable } from '@nestjs/common';
import { Config } from '../platform/config';
import { GatewayRefusal } from './gateway.errors';
import type { Passage } from './passage';
import type { RequestContext } from './request-context';
import { bind, bindLoosely } from './stages/identity.stage';
import { Intake, type Received } from './stages/intake.stage';
import { nonMcpRejected, refusePlainMethod, sessionRequired } from './stages/mcp.stage';
import { SessionStage } from './stages/session.stage';
import { SessionlessStage } from './stages/sessionless.stage';

/**
 * The stages of one request, in order; the first that objects throws and nothing later runs
 * (spec §4.1). What comes out may be forwarded, and is already on record.
 */
@Injectable()
export class Pipeline {
  constructor(
    private readonly intake: Intake,
    private readonly sessions: SessionStage,
    private readonly sessionless: SessionlessStage,
    private readonly config: Config,
  ) {}

  async pass(context: RequestContext): Promise<Passage> {
    const received = await this.intake.receive(context);
    try {
      return await this.decide(context, received);
    } catch (error) {
      throw error instanceof GatewayRefusal ? error.about({ calls: received.calls }) : error;
    }
  }

  /** S6.1 to S8 */
  private async decide(context: RequestContext, received: Received): Promise<Passage> {
    const { requireSession, denyNonPostMethods } = this.config.proxy;
    const { identity, messages } = received;
    const { session } = identity;

    if (messages.length > 0 && requireSession && session === null) throw sessionRequired();
    if (context.method !== 'POST') refusePlainMethod(identity, denyNonPostMethods);
    if (messages.length === 0) return this.passUnjudged(context, received);
    return session === null
      ? this.sessionless.passByPolicy(context, received)
      : this.sessions.pass(context, bind({ ...identity, session }), received);
  }

  /** S6.3: with any policy configured, a POST that no policy can look at does not pass. */
  private passUnjudged(context: RequestContext, received: Received): Promise<Passage> {
    const { strictMcp, requireSession } = this.config.proxy;
    const isPost = context.method === 'POST';
    if (isPost && (strictMcp || this.sessionless.hasPolicies())) throw nonMcpRejected();
    const binding = !isPost && requireSession ? bindLoosely(received.identity) : null;
    return this.sessionless.passUnjudged(context, received, binding);
  }
}
