import { DomainError, secondsAfter, type KnownSession } from '@arbiter/domain';
import { Injectable } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import {
  AuthorizeSessionCall,
  type SessionDecision,
} from '../commands/authorize-session-call.command';
import { refusalOf, refusalOfError } from '../gateway.errors';
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

  async pass(
    context: RequestContext,
    binding: Binding,
    { messages, body, identity }: Received,
  ): Promise<Passage> {
    const { delegationHeader, callId: id, at } = context;
    const decision = await translating(() =>
      this.commands.execute(
        new AuthorizeSessionCall(binding, messages, delegationHeader, { id, at }),
      ),
    );
    refuseIfRefused(decision);
    return {
      body,
      sessionId: binding.sessionId,
      usage: usageOf(decision),
      visible: listsTools(messages) ? await this.toolLists.visibleIn(binding, context) : null,
      dropAuthorization: identity.token !== null,
    };
  }
}

/** Refusals of the domain in the gateway's words; anything else is a defect and stays one. */
export const translating = async <T>(work: () => Promise<T>): Promise<T> => {
  try {
    return await work();
  } catch (error) {
    throw error instanceof DomainError ? (refusalOfError(error) ?? error) : error;
  }
};

const refuseIfRefused = ({ event }: SessionDecision): void => {
  if (event.type !== 'session.call-refused') return;
  const { code, reason, policyId } = event.data;
  const refusal = refusalOf(code, reason, policyId, true);
  throw refusal ?? new Error(`The gateway has no answer for ${code}.`);
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
