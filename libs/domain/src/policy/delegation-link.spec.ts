import type { Instant } from '../kernel/values';
import { delegationLinksOf, delegationObjection } from './delegation-link';

const from = '00000000-0000-4000-8000-00000000000a';
const to = '00000000-0000-4000-8000-00000000000b';
const link = (more: object = {}) =>
  JSON.stringify({
    from,
    to,
    scope_narrowing: ['read_file'],
    created_at: '2026-01-01T10:00:00Z',
    ...more,
  });
const at = (clock: string) => `2026-01-01T${clock}.000Z` as Instant;

describe('a delegation snapshot (§5.5)', () => {
  it('reads links', () => {
    expect(
      delegationLinksOf([link({ expires_at: '2026-01-01t13:00:00.5+02:00', extra: 1 })]),
    ).toEqual([
      {
        from,
        to,
        scopeNarrowing: ['read_file'],
        createdAt: at('10:00:00'),
        expiresAt: '2026-01-01T11:00:00.500Z',
      },
    ]);
  });

  it('knows links that never expire', () => {
    const [absent, none] = delegationLinksOf([link(), link({ expires_at: null })]);
    expect(absent?.expiresAt).toBeNull();
    expect(none).toEqual(absent);
  });

  it.each([
    ['plain text', 'agent-a -> agent-b'],
    ['nothing', ''],
    ['a JSON scalar', 'null'],
    ['a list', `[${link()}]`],
    ['no agent', link({ to: undefined })],
    ['an agent that is no UUID', link({ from: 'alice' })],
    ['no scopes', link({ scope_narrowing: undefined })],
    ['scopes that are no texts', link({ scope_narrowing: [1] })],
    ['no time', link({ created_at: undefined })],
    ['a time without a zone', link({ created_at: '2026-01-01T10:00:00' })],
    ['an impossible time', link({ expires_at: '2026-13-01T10:00:00Z' })],
    ['nesting without end', '['.repeat(100_000)],
  ])('ignores %s', (_, entry) => {
    expect(delegationLinksOf([entry])).toEqual([]);
  });
});

describe('what links forbid', () => {
  const links = delegationLinksOf([
    link({ scope_narrowing: ['read_file', 'list'], expires_at: '2026-01-01T11:00:00Z' }),
    link({ scope_narrowing: [] }),
    link({ scope_narrowing: ['read_file'] }),
  ]);

  it('needs the tool in every scope that narrows', () => {
    expect(delegationObjection(links, 'read_file', at('10:30:00'))).toBeUndefined();
    expect(delegationObjection(links, 'list', at('10:30:00'))).toContain('delegation scope');
  });

  it('compares scopes case-sensitively', () => {
    expect(delegationObjection(links, 'READ_FILE', at('10:30:00'))).toContain('delegation scope');
  });

  it('forbids everything after one link has expired, and not at that moment', () => {
    expect(delegationObjection(links, 'read_file', at('11:00:00'))).toBeUndefined();
    expect(delegationObjection(links, 'read_file', at('11:00:01'))).toContain('expired');
  });

  it('forbids nothing without links', () => {
    expect(delegationObjection([], 'anything', at('11:00:01'))).toBeUndefined();
  });
});
