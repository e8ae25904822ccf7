import type { JudgedCall } from '@arbiter/domain';
import { AgentTokens } from '@arbiter/infra';
import { Injectable } from '@nestjs/common';
import { Config } from '../../platform/config';
import { CallRecorder } from '../call-recorder';
import { rejected } from '../gateway.errors';
import { GatewayMetrics } from '../gateway.metrics';
import { parseMcpBody, type ParsedBody } from '../mcp/mcp-body.parser';
import type { McpMessage } from '../mcp/mcp-message';
import type { RequestContext } from '../request-context';
import { readBody } from './body.stage';
import { passGates, refuseUpgrade } from './gates.stage';
import { identify, type Identity } from './identity.stage';

/** A request as it can be judged. */
export interface Received {
  /** Empty for a body that is not MCP. */
  readonly messages: readonly McpMessage[];
  /** The same messages as they are recorded. */
  readonly calls: readonly JudgedCall[];
  /** What is forwarded: the canonical form of what is judged. */
  readonly body: Buffer;
  readonly identity: Identity;
}

/** S2 to S6: from a socket to messages, and who says that he sends them. */
@Injectable()
export class Intake {
  private readonly extraMethods: ReadonlySet<string>;

  constructor(
    private readonly config: Config,
    private readonly tokens: AgentTokens,
    private readonly metrics: GatewayMetrics,
    private readonly recorder: CallRecorder,
  ) {
    this.extraMethods = new Set(config.proxy.extraMcpMethods);
  }

  async receive(context: RequestContext): Promise<Received> {
    const { blockedPaths, maxRequestBodyBytes, requireAgentToken } = this.config.proxy;
    passGates(context, blockedPaths);
    const raw = await readBody(context.request, maxRequestBodyBytes);
    refuseUpgrade(context);
    const parsed = this.parse(raw);
    return { ...parsed, identity: await identify(context, this.tokens, requireAgentToken) };
  }

  private parse(raw: Buffer): Omit<Received, 'identity'> {
    const parsed = parseMcpBody(raw, { extraMethods: this.extraMethods });
    switch (parsed.kind) {
      case 'not-mcp':
        return { messages: [], calls: [], body: raw };
      case 'too-large':
        throw rejected(413, 'the arguments of a call are too large');
      case 'mcp':
        return this.described(parsed);
    }
  }

  private described({
    messages,
    argumentTexts,
    canonical,
  }: Extract<ParsedBody, { kind: 'mcp' }>): Omit<Received, 'identity'> {
    for (const { tool } of messages) if (tool !== null) this.metrics.toolCalled(tool);
    const isFree = this.config.proxy.lifecycle === 'free';
    const calls = this.recorder.describe(messages, argumentTexts, isFree);
    return { messages, calls, body: canonical };
  }
}
