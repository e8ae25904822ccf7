declare const brand: unique symbol;

type Brand<Value, Name extends string> = Value & { readonly [brand]: Name };

/** RFC 3339 in UTC with milliseconds, always supplied from outside the domain. */
export type Instant = Brand<string, 'Instant'>;

export type AgentId = Brand<string, 'AgentId'>;
export type SessionId = Brand<string, 'SessionId'>;
export type TenantId = Brand<string, 'TenantId'>;
/** One request on the data plane, from its first byte to its outcome. The `request_id` of answers. */
export type CallId = Brand<string, 'CallId'>;

export interface Ids {
  readonly agent: AgentId;
  readonly session: SessionId;
  readonly tenant: TenantId;
  readonly call: CallId;
}

/** From least to most trusted; a rule that asks for one level is met by every later one. */
export const TRUST_LEVELS = ['untrusted', 'basic', 'verified', 'trusted'] as const;
export type TrustLevel = (typeof TRUST_LEVELS)[number];

export const SENSITIVITIES = ['public', 'internal', 'confidential', 'restricted'] as const;
export type Sensitivity = (typeof SENSITIVITIES)[number];

export const secondsAfter = (instant: Instant, seconds: number): Instant =>
  new Date(Date.parse(instant) + seconds * 1000).toISOString() as Instant;

/** Negative when `later` is in fact earlier. */
export const secondsBetween = (earlier: Instant, later: Instant): number =>
  (Date.parse(later) - Date.parse(earlier)) / 1000;

const UUID =
  /^(?:urn:uuid:)?\{?([0-9a-f]{8})-?([0-9a-f]{4})-?([0-9a-f]{4})-?([0-9a-f]{4})-?([0-9a-f]{12})\}?$/i;

/** Any spelling of RFC 9562 that clients use (plain, braced, urn), as lower case with hyphens. */
export const parseUuid = (text: string): string | undefined => {
  const groups = UUID.exec(text);
  return groups === null ? undefined : groups.slice(1).join('-').toLowerCase();
};
