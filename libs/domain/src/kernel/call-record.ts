import { anyJson, flag, natural, nullable, oneOf, shape, text, type Decoded } from './codec';

/** One judged JSON-RPC message, as every decision about it is recorded. */
export const judgedCall = shape({
  /** JSON-RPC method; `response` for a client's answer to a question of the server. */
  method: text,
  tool: nullable(text),
  uri: nullable(text),
  /** Redacted (gateway spec §10.3). */
  arguments: anyJson,
  /** Keyed digest of the arguments as they are forwarded; null when there are none. */
  argumentsDigest: nullable(text),
  /** Part of the MCP lifecycle (D4): governed and recorded, but free. */
  free: flag,
  /** The rule that allowed it; null when none was asked. */
  policyId: nullable(text),
});
export type JudgedCall = Decoded<typeof judgedCall>;

/** Everything outside the session that a decision was based on. */
export const decisionFacts = shape({
  trustLevel: oneOf('untrusted', 'basic', 'verified', 'trusted'),
  agentStatus: oneOf('absent', 'active', 'expired', 'deactivated'),
  principal: text,
  /** Null when no policy source is configured. */
  policySetDigest: nullable(text),
});
export type DecisionFacts = Decoded<typeof decisionFacts>;

/** Why a request of a session is refused: by its limits, in the order they are asked, or by policy. */
export const REFUSAL_CODES = [
  'session.of-another',
  'session.closed',
  'session.expired',
  'session.budget-exhausted',
  'session.tool-not-authorized',
  'session.rate-limited',
  'policy.denied',
  'policy.escalation-required',
] as const;
export type RefusalCode = (typeof REFUSAL_CODES)[number];

/** How a forwarded request ended. `interrupted`: the process stopped before it knew. */
export const callOutcome = oneOf(
  'answered',
  'timed-out',
  'unreachable',
  'too-large',
  'aborted-by-client',
  'aborted-by-upstream',
  'interrupted',
);
export type CallOutcome = Decoded<typeof callOutcome>;

export const completion = {
  outcome: callOutcome,
  upstreamStatus: nullable(natural),
  durationMs: natural,
  requestBytes: natural,
  responseBytes: natural,
} as const;

export interface Completion {
  readonly outcome: CallOutcome;
  readonly upstreamStatus: number | null;
  readonly durationMs: number;
  readonly requestBytes: number;
  readonly responseBytes: number;
}
