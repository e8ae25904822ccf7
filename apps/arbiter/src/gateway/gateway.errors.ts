import type { DomainError } from '@arbiter/domain';

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

/** An answer of the gateway itself. Whoever throws it has not recorded it, unless it says so. */
export class GatewayRefusal extends Error {
  constructor(
    readonly answer: Answer,
    /** True when the event that records the refusal is already durable. */
    readonly recorded = false,
  ) {
    super(answer.message);
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

/** How each refusal of the session or of a policy is told to the agent (spec §4.3 S7, S8). */
const RENDERED: Readonly<Record<string, (reason: string, policyId: string | null) => Answer>> = {
  'session.not-found': (reason) => sessionInvalid(403, reason),
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
};

export const refusalOf = (
  code: string,
  reason: string,
  policyId: string | null,
  recorded = false,
): GatewayRefusal | undefined => {
  const render = RENDERED[code];
  return render && new GatewayRefusal(render(reason, policyId), recorded);
};

/** Not written, or not after several attempts to get in front of everybody else. */
const UNRECORDABLE = new Set(['store.unavailable', 'stream.stale']);

export const refusalOfError = ({ code, message }: DomainError): GatewayRefusal | undefined =>
  UNRECORDABLE.has(code) ? auditRequired() : refusalOf(code, message, null);

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
