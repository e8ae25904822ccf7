import { parseUuid, type AgentId, type SessionId } from '@arbiter/domain';
import type { AgentTokenClaims, AgentTokens } from '@arbiter/infra';
import { decodeJwt } from 'jose';
import { GatewayRefusal, sessionInvalid } from '../gateway.errors';
import type { RequestContext } from '../request-context';

/** Who says that he is calling, and in which session: from headers, from a token, or from both. */
export interface Identity {
  readonly agent: string | null;
  readonly session: string | null;
  /** The bearer token is one of ours, valid or not: it is for us and not for the upstream. */
  readonly hasOwnToken: boolean;
}

/** Who is calling in which session, in canonical ids. */
export interface Binding {
  readonly agentId: AgentId;
  readonly sessionId: SessionId;
}

/** A session that is named, and by whom if that is known. */
export interface LooseBinding {
  readonly agentId: AgentId | null;
  readonly sessionId: SessionId;
}

const ECHOED_CHARACTERS_MAX = 128;

/** D7: a token may stand for both headers; where both are present they have to agree. */
export const identify = async (
  context: RequestContext,
  tokens: AgentTokens,
  tokenRequired: boolean,
): Promise<Identity> => {
  const { agentHeader, sessionHeader, bearer, at } = context;
  const claims = bearer === null ? undefined : await tokens.verify(bearer, at);
  if (claims !== undefined) return identityWith(claims, context);
  // Clients in the field send stale tokens beside headers; without headers the token was meant.
  const hasOwnToken = isOurs(bearer);
  if (tokenRequired || (sessionHeader === null && hasOwnToken)) throw tokenInvalid();
  return { agent: agentHeader, session: sessionHeader, hasOwnToken };
};

const identityWith = (
  claims: AgentTokenClaims,
  { agentHeader, sessionHeader }: RequestContext,
): Identity => {
  if (contradicts(agentHeader, claims.agentId) || contradicts(sessionHeader, claims.sessionId))
    throw new GatewayRefusal(
      sessionInvalid(403, 'the agent token does not belong to these headers'),
    );
  return {
    agent: agentHeader ?? claims.agentId,
    session: sessionHeader ?? claims.sessionId,
    hasOwnToken: true,
  };
};

/** The first two rows of S7: who is not named by an id cannot be looked up. */
export const bind = ({ agent, session }: Identity & { readonly session: string }): Binding => {
  const sessionId = sessionIdOf(session);
  if (agent === null)
    throw new GatewayRefusal(sessionInvalid(400, 'the x-agent-id header is missing'));
  const agentId = parseUuid(agent);
  if (agentId === undefined)
    throw new GatewayRefusal(sessionInvalid(400, 'x-agent-id is not a UUID'));
  return { agentId: agentId as AgentId, sessionId };
};

/** S6.2 asks for less than S7: an agent may go by any name that is not empty. */
export const bindLoosely = ({ agent, session }: Identity): LooseBinding | null =>
  session === null
    ? null
    : {
        sessionId: sessionIdOf(session),
        agentId: (parseUuid(agent ?? '') ?? null) as AgentId | null,
      };

/** S6.4 */
const sessionIdOf = (session: string): SessionId => {
  const sessionId = parseUuid(session);
  if (sessionId === undefined)
    throw new GatewayRefusal({
      ...sessionInvalid(400, 'the session id is not a UUID'),
      detail: `not a UUID: ${echoed(session)}`,
    });
  return sessionId as SessionId;
};

const contradicts = (header: string | null, claim: string | null): boolean =>
  header !== null && claim !== null && parseUuid(header) !== claim;

/** Tokens of others pass through to the upstream; one of ours that is invalid was meant for us. */
const isOurs = (bearer: string | null): boolean => {
  if (bearer === null) return false;
  try {
    return decodeJwt(bearer).iss === 'arbiter';
  } catch {
    return false;
  }
};

const tokenInvalid = (): GatewayRefusal =>
  new GatewayRefusal({
    ...sessionInvalid(401, 'the agent token is missing, invalid or expired'),
    hint: 'ask the operator for a new agent token',
    headers: { 'www-authenticate': 'Bearer error="invalid_token"' },
  });

const echoed = (value: string): string =>
  value.slice(0, ECHOED_CHARACTERS_MAX).replace(/[^\x20-\x7e]/g, '?');
