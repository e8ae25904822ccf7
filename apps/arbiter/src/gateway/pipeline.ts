import { AgentTokens } from '@arbiter/infra';
import { Injectable } from '@nestjs/common';
import { Config } from '../platform/config';
import { rejected } from './gateway.errors';
import { GatewayMetrics } from './gateway.metrics';
import { parseMcpBody } from './mcp/mcp-body.parser';
import type { Passage } from './passage';
import type { RequestContext } from './request-context';
import { readBody } from './stages/body.stage';
import { passGates, refuseUpgrade } from './stages/gates.stage';
import { bind, identify } from './stages/identity.stage';
import {
  nonMcpRejected,
  refusePlainMethod,
  sessionRequired,
  type JudgedBody,
} from './stages/mcp.stage';
import { SessionStage } from './stages/session.stage';
import { SessionlessStage } from './stages/sessionless.stage';

/**
 * The stages of one request, in order; the first that objects throws and nothing later runs
 * (spec §4.1). What comes out may be forwarded, and is already on record.
 */
@Injectable()
export class Pipeline {
  private readonly extraMethods: ReadonlySet<string>;

  constructor(
    private readonly sessions: SessionStage,
    private readonly sessionless: SessionlessStage,
    private readonly tokens: AgentTokens,
    private readonly metrics: GatewayMetrics,
    private readonly config: Config,
  ) {
    this.extraMethods = new Set(config.proxy.extraMcpMethods);
  }

  async pass(context: RequestContext): Promise<Passage> {
    const { proxy } = this.config;
    passGates(context, proxy.blockedPaths);
    const raw = await readBody(context.request, proxy.maxRequestBodyBytes);
    refuseUpgrade(context);
    const judged = this.parse(raw);
    const isMcp = judged.messages.length > 0;

    const identity = await identify(context, this.tokens, proxy.requireAgentToken);
    const { session } = identity;
    if (isMcp && proxy.requireSession && session === null) throw sessionRequired();
    if (context.method !== 'POST') refusePlainMethod(identity, proxy.denyNonPostMethods);
    if (!isMcp) {
      if (context.method === 'POST' && this.refusesOtherBodies()) throw nonMcpRejected();
      return this.sessionless.passUnjudged(context, identity, raw);
    }
    return session === null
      ? this.sessionless.passByPolicy(context, identity, judged)
      : this.sessions.pass(context, bind({ ...identity, session }), {
          ...judged,
          hasToken: identity.token !== null,
        });
  }

  /** S6: what is not MCP has no messages. */
  private parse(raw: Buffer): JudgedBody {
    const parsed = parseMcpBody(raw, { extraMethods: this.extraMethods });
    switch (parsed.kind) {
      case 'not-mcp':
        return { messages: [], body: raw };
      case 'too-large':
        throw rejected(413, 'the arguments of a call are too large');
      case 'mcp':
        for (const { tool } of parsed.messages) if (tool !== null) this.metrics.toolCalled(tool);
        return { messages: parsed.messages, body: parsed.canonical };
    }
  }

  /** S6.3: with any policy configured, what no policy can look at does not pass. */
  private refusesOtherBodies(): boolean {
    return this.config.proxy.strictMcp || this.sessionless.hasPolicies();
  }
}
