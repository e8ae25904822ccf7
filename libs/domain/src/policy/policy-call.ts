import type { AgentId, Instant, TrustLevel } from '../kernel/values';
import type { DelegationLink } from './delegation-link';

/** Who calls, and on whose behalf (§5.4). Established by the caller; a rule cannot question it. */
export interface PolicyContext {
  /** Null, with `untrusted` and no capabilities, for an agent that is not registered. */
  readonly agentId: AgentId | null;
  readonly trustLevel: TrustLevel;
  readonly capabilities: readonly string[];
  /** Empty when there is none, or none that could be verified. */
  readonly principal: string;
  readonly groups: readonly string[];
  readonly intent: string;
  readonly delegationLinks: readonly DelegationLink[];
  readonly at: Instant;
}

/** One judged MCP message, as far as rules can see it (§4.4). */
export interface PolicyCall {
  readonly method: string;
  /** The tool of a `tools/call`; null when it names none, or none that is valid. */
  readonly tool: string | null;
  /** Untrusted JSON; undefined when the call has none. A bigint counts as a number. */
  readonly arguments: unknown;
  readonly uri: string | null;
}

/** What session lists, delegation scopes and traces go by: the tool, or else the method (§4.4). */
export const effectiveTool = ({ tool, method }: PolicyCall): string => tool ?? method;
