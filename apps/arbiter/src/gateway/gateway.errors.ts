import {
  DomainError,
  REFUSAL_CODES,
  sessionNotFound,
  staleStream,
  storeUnavailable,
  type AgentId,
  type DecisionFacts,
  type JudgedCall,
  type RefusalCode,
} from '@arbiter/domain';

/** Gateway spec §4.6. */
type GatewayCode =
  | 'SESSION_REQUIRED'
  | 'NON_MCP_REJECTED'
  | 'SESSION_INVALID'
  | 'POLICY_DENIED'
  | 'ESCALATION_REQUIRED'
  | 'MIDDLEWARE_REJECTED'
  | 'UPSTREAM_ERROR'
  | 'AUDIT_REQUIRED';

interface Answer {
  readonly status: number;
  readonly code: GatewayCode;
  readonly message: string;
  readonly detail?: string;
  readonly hint?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** What a refusal was based on, as far as the request had come. */
export interface RefusedRequest {
  readonly calls: readonly JudgedCall[];
  readonly agentId: AgentId | null;
  readonly policyId: string | null;
  readonly facts: DecisionFacts | null;
}

export const NOTHING_JUDGED: RefusedRequest = {
  calls: [],
  agentId: null,
  policyId: null,
  facts: null,
};

/** An answer of the gateway itself. */
export class GatewayRefusal extends Error {
  constructor(
    readonly answer: Answer,
    /** True when there is nothing left to record: it is on record, or cannot be recorded. */
    readonly isSettled = false,
    readonly refused = NOTHING_JUDGED,
  ) {
    super(answer.message);
  }

  /** The same answer, with what is known about the request; what is known already stays. */
  about(refused: Partial<RefusedRequest>): GatewayRefusal {
    const known =
      this.refused === NOTHING_JUDGED ? { ...NOTHING_JUDGED, ...refused } : this.refused;
    return new GatewayRefusal(this.answer, this.isSettled, known);
  }
}

/** The two answers of §4.3 S2 that have no body of ours: plain text. */
export class PlainRefusal extends Error {
  constructor(
    readonly status: 400 | 403 | 405,
    readonly text: 'Bad Request' | 'Forbidden' | 'Method Not Allowed',
  ) {
    super(text);
  }
}

/** The client went away while its request was read: there is nobody to answer. */
export class ClientGone extends Error {}

const auditRequired = (): GatewayRefusal =>
  new GatewayRefusal(
    {
      status: 503,
      code: 'AUDIT_REQUIRED',
      message: 'the request cannot be recorded, so it is not forwarded',
      hint: 'retry later; the operator has to restore storage',
    },
    true,
  );

type Render = (reason: string, policyId: string | null) => Answer;

/** How each refusal of the session or of a policy is told to the agent (spec §4.3 S7, S8). */
const RENDERED = {
  'session.of-another': (reason) => sessionInvalid(403, reason),
  'session.closed': (reason) => sessionInvalid(410, reason),
  'session.expired': (reason) => sessionInvalid(408, reason),
  'session.budget-exhausted': (reason) => sessionInvalid(429, reason),
  'session.tool-not-authorized': (reason) => sessionInvalid(403, reason),
  'session.rate-limited': (reason) => sessionInvalid(429, reason),
  'policy.denied': (reason, policyId) => ({
    status: 403,
    code: 'POLICY_DENIED',
    message: policyId === null ? `denied: ${reason}` : `denied by policy '${policyId}'`,
    hint: 'ask the operator which tools this session may use',
  }),
  'policy.escalation-required': (_reason, policyId) => ({
    status: 403,
    code: 'ESCALATION_REQUIRED',
    message: `escalation required by policy '${policyId ?? ''}'`,
    hint: 'a human-in-the-loop has to approve this call',
  }),
} as const satisfies Readonly<Record<RefusalCode, Render>>;

export const refusalOf = (
  code: RefusalCode,
  reason: string,
  policyId: string | null,
): GatewayRefusal => new GatewayRefusal(RENDERED[code](reason, policyId));

/** Not written, or not after several attempts to get in front of everybody else. */
const UNRECORDABLE: ReadonlySet<string> = new Set([storeUnavailable.code, staleStream.code]);

/** Refusals of the domain in the gateway's words; anything else is a defect and stays one. */
export const translating = async <T>(work: () => Promise<T>): Promise<T> => {
  try {
    return await work();
  } catch (error) {
    throw error instanceof DomainError ? (translated(error) ?? error) : error;
  }
};

const translated = ({ code, message }: DomainError): GatewayRefusal | undefined => {
  if (UNRECORDABLE.has(code)) return auditRequired();
  // 403 on purpose: an id that was guessed must not be told apart from one of somebody else.
  if (code === sessionNotFound.code) return new GatewayRefusal(sessionInvalid(403, message));
  const known = REFUSAL_CODES.find((refusal) => refusal === code);
  return known && refusalOf(known, message, null);
};

export const sessionInvalid = (status: number, reason: string): Answer => ({
  status,
  code: 'SESSION_INVALID',
  message: `Session error: ${reason}`,
  detail: reason,
  hint: 'open a new session or use one that fits this call',
});

export const rejected = (status: number, message: string, detail?: string): GatewayRefusal =>
  new GatewayRefusal({
    status,
    code: 'MIDDLEWARE_REJECTED',
    message,
    ...(detail !== undefined && { detail }),
    hint: 'send MCP messages as JSON-RPC 2.0 in an HTTP POST',
  });

export const upstreamError = (status: 502 | 504, message: string): GatewayRefusal =>
  // The decision to forward is recorded, and the outcome is another event.
  new GatewayRefusal({ status, code: 'UPSTREAM_ERROR', message }, true);
