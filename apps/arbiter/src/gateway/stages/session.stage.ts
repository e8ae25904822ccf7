import { secondsAfter, type KnownSession } from '@arbiter/domain';
import { Injectable } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import {
  AuthorizeSessionCall,
  type SessionDecision,
} from '../commands/authorize-session-call.command';
import { GatewayRefusal, refusalOf, translating } from '../gateway.errors';
import type { McpMessage } from '../mcp/mcp-message';
import type { Passage, SessionUsage } from '../passage';
import type { RequestContext } from '../request-context';
import type { Binding } from './identity.stage';
import type { Received } from './intake.stage';
import { ToolLists } from './tool-lists';

/** S7 and S8: binding, limits and policy of a session, decided and recorded in one step. */
@Injectable()
export class SessionStage {
  constructor(
    private readonly commands: CommandBus,
    private readonly toolLists: ToolLists,
  ) {}

  async pass(context: RequestContext, binding: Binding, received: Received): Promise<Passage> {
    const { delegationHeader, callId: id, at } = context;
    const { body, identity, messages } = received;
    return translating(async () => {
      // Before the decision: what can still fail afterwards would leave an authorized call behind.
      const visible = listsTools(messages)
        ? await this.toolLists.visibleIn(binding, context)
        : null;
      const decision = await this.commands.execute(
        new AuthorizeSessionCall(binding, received, delegationHeader, { id, at }),
      );
      refuseIfRefused(decision);
      return {
        body,
        isJudged: true,
        agent: binding.agentId,
        sessionId: binding.sessionId,
        usage: usageOf(decision),
        visible,
        hasOwnToken: identity.hasOwnToken,
      };
    });
  }
}

/** The event that refuses is the record of it. */
const refuseIfRefused = ({ event }: SessionDecision): void => {
  if (event.type !== 'session.call-refused') return;
  const { code, reason, policyId } = event.data;
  throw new GatewayRefusal(refusalOf(code, reason, policyId).answer, true);
};

const listsTools = (messages: readonly McpMessage[]): boolean =>
  messages.some(({ method }) => method === 'tools/list');

const usageOf = ({ event, session }: SessionDecision): SessionUsage => ({
  // The counter of the decision itself: concurrent calls see different values.
  callsRemaining: session.callBudget - callsMadeAfter(event, session),
  callBudget: session.callBudget,
  expiresAt: secondsAfter(session.openedAt, session.timeLimitSecs),
  timeLimitSecs: session.timeLimitSecs,
});

const callsMadeAfter = (event: SessionDecision['event'], session: KnownSession): number =>
  event.type === 'session.lifecycle-call-authorized' ? session.callsMade : event.data.callsMade;
