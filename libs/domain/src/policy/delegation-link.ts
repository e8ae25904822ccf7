import { secondsBetween, type AgentId, type Instant } from '../kernel/values';
import { anAgentId, isTable, strings, type Table } from './toml-kinds';

/** One delegation, as the snapshot of a session recorded it (§5.5). */
export interface DelegationLink {
  readonly from: AgentId;
  readonly to: AgentId;
  /** Empty means that this link narrows nothing. */
  readonly scopeNarrowing: readonly string[];
  readonly createdAt: Instant;
  readonly expiresAt: Instant | null;
}

const RFC_3339 = /^\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:[Zz]|[+-]\d{2}:\d{2})$/;

/** The entries that are links; anything else in a snapshot is kept for the record only (§5.5). */
export const delegationLinksOf = (snapshot: readonly string[]): readonly DelegationLink[] =>
  snapshot.map(linkOf).filter((link) => link !== undefined);

/** Why the links forbid this tool, whatever the rules say; undefined when they do not. */
export const delegationObjection = (
  links: readonly DelegationLink[],
  tool: string,
  at: Instant,
): string | undefined => {
  if (links.some(({ expiresAt }) => expiresAt !== null && secondsBetween(expiresAt, at) > 0)) {
    return 'a delegation has expired';
  }
  const narrowing = links.some(
    ({ scopeNarrowing }) => scopeNarrowing.length > 0 && !scopeNarrowing.includes(tool),
  );
  return narrowing ? `'${tool}' is outside the delegation scope` : undefined;
};

const linkOf = (entry: string): DelegationLink | undefined => {
  const source = tableOf(entry);
  if (source === undefined) return undefined;
  const from = anAgentId.accept(source['from']);
  const to = anAgentId.accept(source['to']);
  const scopeNarrowing = strings.accept(source['scope_narrowing']);
  const createdAt = instantOf(source['created_at']);
  const expiresAt = expiryOf(source['expires_at']);
  if (!from || !to || !scopeNarrowing || !createdAt || expiresAt === undefined) return undefined;
  return { from, to, scopeNarrowing, createdAt, expiresAt };
};

const tableOf = (entry: string): Table | undefined => {
  try {
    const value: unknown = JSON.parse(entry);
    return isTable(value) ? value : undefined;
  } catch {
    return undefined;
  }
};

const expiryOf = (value: unknown): Instant | null | undefined =>
  value === undefined || value === null ? null : instantOf(value);

const instantOf = (value: unknown): Instant | undefined => {
  if (typeof value !== 'string' || !RFC_3339.test(value)) return undefined;
  const time = new Date(value.toUpperCase().replace(' ', 'T'));
  return Number.isNaN(time.getTime()) ? undefined : (time.toISOString() as Instant);
};
