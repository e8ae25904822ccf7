import type { AgentId, Instant, SessionId, TrustLevel } from '../kernel/values';

export interface AgentProfile {
  readonly owner: string;
  readonly model: string;
  readonly capabilities: readonly string[];
  readonly trustLevel: TrustLevel;
  /** After this instant the agent is treated as if it had never been registered (spec §8.1). */
  readonly expiresAt: Instant | null;
}

interface Base<Type extends string> {
  readonly type: Type;
  readonly agentId: AgentId;
  readonly at: Instant;
}

export type AgentCommand =
  | (Base<'RegisterAgent'> & {
      readonly profile: AgentProfile;
      /** Issued with the registration; null when the agent gets none yet. */
      readonly firstToken: { readonly tokenId: string; readonly expiresAt: Instant } | null;
    })
  | (Base<'IssueAgentToken'> & {
      readonly tokenId: string;
      readonly sessionId: SessionId | null;
      readonly expiresAt: Instant;
    })
  | (Base<'AdmitSession'> & {
      readonly sessionId: SessionId;
      /** Null admits any number. */
      readonly concurrentMax: number | null;
    })
  | (Base<'ReleaseSession'> & { readonly sessionId: SessionId })
  | Base<'DeactivateAgent'>;
