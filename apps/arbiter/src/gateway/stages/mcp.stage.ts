import { parseUuid, type AgentId } from '@arbiter/domain';
import { GatewayRefusal, rejected } from '../gateway.errors';
import type { Identity } from './identity.stage';

/** S6.1 */
export const sessionRequired = (): GatewayRefusal =>
  new GatewayRefusal({
    status: 403,
    code: 'SESSION_REQUIRED',
    message: 'a task session is required',
    hint: 'send x-agent-id and x-arbiter-session, or a bearer token that was issued for a session',
  });

/** S6.3 */
export const nonMcpRejected = (): GatewayRefusal =>
  new GatewayRefusal({
    status: 403,
    code: 'NON_MCP_REJECTED',
    message: 'the request body is not an MCP message',
    hint: 'send a JSON-RPC 2.0 message of the Model Context Protocol',
  });

/** S6.2: MCP clients take 405 for "no stream here" and go on without. */
export const refusePlainMethod = ({ agent }: Identity, isDenied: boolean): void => {
  if (isDenied) throw rejected(405, 'method not allowed', 'only POST is accepted');
  if (agent === null) throw rejected(400, 'the x-agent-id header is missing');
};

/** S8 without a session: a policy needs somebody to apply to. */
export const requireIdentity = ({ agent }: Identity): AgentId => {
  const agentId = agent === null ? undefined : parseUuid(agent);
  if (agentId === undefined)
    throw new GatewayRefusal({
      status: 403,
      code: 'POLICY_DENIED',
      message: 'denied: no agent identity',
      hint: 'send x-agent-id',
    });
  return agentId as AgentId;
};
