import type { RefusalCode } from '../kernel/call-record';
import { secondsAfter, type Instant } from '../kernel/values';
import type { AuthorizeCalls } from './session.commands';
import type { KnownSession, RateWindow } from './session.state';

/** Why a request is refused, in the words that the gateway and the log use. */
export interface Objection {
  readonly code: RefusalCode;
  readonly policyId: string | null;
  readonly reason: string;
}

const objection = (code: RefusalCode, reason: string): Objection => ({
  code,
  policyId: null,
  reason,
});

/** How many calls of the request the budget pays for; lifecycle messages are free (D4). */
export const chargeOf = ({ calls }: AuthorizeCalls): number =>
  calls.reduce((charge, { free }) => (free ? charge : charge + 1), 0);

/** The first objection wins, in the order the gateway promises its callers (§4.3 S7, 4–9). */
export const limitObjection = (
  session: KnownSession,
  command: AuthorizeCalls,
  window: RateWindow,
): Objection | undefined =>
  bindingObjection(session, command) ?? quotaObjection(session, command, window);

const bindingObjection = (
  session: KnownSession,
  { agentId, at }: AuthorizeCalls,
): Objection | undefined => {
  if (session.agentId !== agentId)
    return objection('session.of-another', 'session does not belong to this agent');
  if (session.status === 'closed') return objection('session.closed', 'session is closed');
  if (session.status === 'expired' || isOverdue(session, at))
    return objection('session.expired', 'session has expired');
  return undefined;
};

const quotaObjection = (
  session: KnownSession,
  command: AuthorizeCalls,
  { rateWindowCalls }: RateWindow,
): Objection | undefined => {
  const charge = chargeOf(command);
  const { callsMade, callBudget, authorizedTools, rateLimit } = session;
  if (callsMade + charge > callBudget)
    return objection('session.budget-exhausted', 'call budget is exhausted');
  const tool = firstUnauthorized(command, authorizedTools);
  if (tool !== undefined)
    return objection('session.tool-not-authorized', `tool '${tool}' is not authorized`);
  if (rateLimit !== null && charge > 0 && rateWindowCalls > rateLimit)
    return objection('session.rate-limited', 'rate limit of this session exceeded');
  return undefined;
};

/** Exact and case-sensitive; an empty list authorizes every tool (spec §6.3). */
export const authorizesTool = (authorizedTools: readonly string[], tool: string): boolean =>
  authorizedTools.length === 0 || authorizedTools.includes(tool);

const firstUnauthorized = (
  { calls }: AuthorizeCalls,
  authorizedTools: readonly string[],
): string | undefined => {
  const refused = calls.find(
    ({ free, tool, method }) => !free && !authorizesTool(authorizedTools, tool ?? method),
  );
  return refused && (refused.tool ?? refused.method);
};

/** Fixed windows: the first call at or after the end of one starts the next (spec §6.3). */
export const windowAfter = (session: KnownSession, charge: number, at: Instant): RateWindow => {
  const { rateWindowStartedAt, rateWindowCalls, rateWindowSecs } = session;
  const isOver = Date.parse(at) >= Date.parse(rateWindowStartedAt) + rateWindowSecs * 1000;
  return isOver
    ? { rateWindowStartedAt: at, rateWindowCalls: charge }
    : { rateWindowStartedAt, rateWindowCalls: rateWindowCalls + charge };
};

/** Strictly after: a session is usable at its deadline (spec §6.2). */
export const isOverdue = (
  { openedAt, timeLimitSecs }: Pick<KnownSession, 'openedAt' | 'timeLimitSecs'>,
  at: Instant,
): boolean => Date.parse(at) > Date.parse(secondsAfter(openedAt, timeLimitSecs));
