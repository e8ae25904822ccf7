import type { AgentId, Instant } from '../kernel/values';
import type { PolicyCall, PolicyContext } from './policy-call';
import { compilePolicySet } from './policy-compiler';
import { explain } from './policy-explanation';
import { examinePolicies } from './policy-examination';
import type { RegexCompiler } from './regex-compiler';

const compile: RegexCompiler = (pattern) => (text) => new RegExp(pattern, 'u').test(text);
const alice = '00000000-0000-4000-8000-00000000000a' as AgentId;
const context: PolicyContext = {
  agentId: alice,
  trustLevel: 'basic',
  capabilities: ['fs', 'net'],
  principal: 'user:alice',
  groups: [],
  intent: 'Read the quarterly report',
  delegationLinks: [],
  at: '2026-01-01T10:00:00.000Z' as Instant,
};
const call: PolicyCall = { method: 'tools/call', tool: 'read_file', arguments: {}, uri: null };

/** Why a rule with these criteria does not match; null when it does. */
const skipReason = (
  criteria: object,
  given: Partial<PolicyCall> = {},
  by: Partial<PolicyContext> = {},
): string | null | undefined => {
  const source = [{ id: 'rule', effect: 'deny', ...criteria }];
  const { policies } = examinePolicies(source, compile);
  const set = compilePolicySet(policies, compile);
  return explain(set, { ...context, ...by }, { ...call, ...given }).trace[0]?.skipReason;
};

const AGENT = 'agent criteria not met';
const PRINCIPAL = 'principal criteria not met';
const INTENT = 'intent criteria not met';
const PARAMETERS = 'parameter constraints not met';

describe('agent criteria', () => {
  it.each([
    ['no criteria', {}, null],
    ['the agent', { agent_id: alice }, null],
    ['the agent, spelled differently', { agent_id: `{${alice.toUpperCase()}}` }, null],
    ['another agent', { agent_id: '00000000-0000-4000-8000-00000000000b' }, AGENT],
    ['a lower level [T]', { trust_level: 'untrusted' }, null],
    ['the same level [T]', { trust_level: 'basic' }, null],
    ['a higher level [T]', { trust_level: 'verified' }, AGENT],
    ['all capabilities', { capabilities: ['net', 'fs'] }, null],
    ['one capability missing', { capabilities: ['fs', 'gpu'] }, AGENT],
    ['a capability in other case', { capabilities: ['FS'] }, AGENT],
  ])('%s', (_, agent_match, expected) => {
    expect(skipReason({ agent_match })).toBe(expected);
  });

  it('knows no id, trust or capabilities of an unregistered agent [T]', () => {
    const stranger = { agentId: null, trustLevel: 'untrusted', capabilities: [] } as const;
    expect(skipReason({ agent_match: { agent_id: alice } }, {}, stranger)).toBe(AGENT);
    expect(skipReason({ agent_match: { trust_level: 'basic' } }, {}, stranger)).toBe(AGENT);
    expect(skipReason({ agent_match: { capabilities: ['fs'] } }, {}, stranger)).toBe(AGENT);
    expect(skipReason({ agent_match: { trust_level: 'untrusted' } }, {}, stranger)).toBeNull();
  });
});

describe('principal criteria', () => {
  it.each([
    ['the principal', { sub: 'user:alice' }, {}, null],
    ['the principal in other case', { sub: 'User:Alice' }, {}, PRINCIPAL],
    ['no principal', { sub: 'user:alice' }, { principal: '' }, PRINCIPAL],
    ['one of the groups', { groups: ['dev', 'ops'] }, { groups: ['ops'] }, null],
    ['none of the groups', { groups: ['dev'] }, { groups: ['ops'] }, PRINCIPAL],
    ['groups nobody knows', { groups: ['dev'] }, {}, PRINCIPAL],
    ['right principal, wrong group', { sub: 'user:alice', groups: ['dev'] }, {}, PRINCIPAL],
  ])('%s', (_, principal_match, by, expected) => {
    expect(skipReason({ principal_match }, {}, by)).toBe(expected);
  });
});

describe('intent criteria', () => {
  it.each([
    ['a keyword in any case [T]', { keywords: ['read'] }, null],
    ['all keywords [T]', { keywords: ['report', 'QUARTERLY'] }, null],
    ['one keyword missing [T]', { keywords: ['read', 'delete'] }, INTENT],
    ['part of a word [T]', { keywords: ['quarter'] }, INTENT],
    ['a regex found anywhere', { regex: 'quart.rly' }, null],
    ['a regex in other case', { regex: '^read' }, INTENT],
    ['keywords without the regex', { keywords: ['read'], regex: '^read' }, INTENT],
  ])('%s', (_, intent_match, expected) => {
    expect(skipReason({ intent_match })).toBe(expected);
  });
});

describe('tools and resources', () => {
  const noTool = { tool: null };
  const read = { method: 'resources/read', tool: null, uri: 'https://a.example/x' };
  const notIn = (tool: string) => `tool '${tool}' not in allowed_tools`;
  it.each([
    ['no tools listed', {}, {}, null],
    ['no tools listed, no valid tool', {}, noTool, null],
    ['*', { allowed_tools: ['x', '*'] }, {}, null],
    ['* and no valid tool', { allowed_tools: ['*'] }, noTool, null],
    ['listed in other case', { allowed_tools: ['Read_File'] }, {}, null],
    ['called in other case', { allowed_tools: ['read_file'] }, { tool: 'READ_FILE' }, null],
    ['not listed', { allowed_tools: ['write_file'] }, {}, notIn('read_file')],
    ['no globs', { allowed_tools: ['read_*'] }, {}, notIn('read_file')],
    ['no prefixes', { allowed_tools: ['read'] }, {}, notIn('read_file')],
    ['no valid tool', { allowed_tools: ['read_file'] }, noTool, notIn('(none)')],
    ['the method does not stand in', { allowed_tools: ['tools/call'] }, noTool, notIn('(none)')],
    ['a method', { allowed_tools: ['resources/read'] }, read, null],
    ['a method in other case', { allowed_tools: ['Resources/Read'] }, read, notIn('(none)')],
    ['another method', { allowed_tools: ['prompts/get'] }, read, notIn('(none)')],
    ['resource not consulted', { allowed_tools: ['read_file'], resource_match: ['x:'] }, {}, null],
    ['no uri', { resource_match: ['https://'] }, {}, notIn('read_file')],
    ['no uri for *', { allowed_tools: ['*'], resource_match: ['x'] }, {}, notIn('read_file')],
    ['a prefix', { resource_match: ['ftp:', 'https://a.'] }, read, null],
    ['no prefix', { resource_match: ['https://b.'] }, read, notIn('(none)')],
    ['prefixes are case-sensitive', { resource_match: ['HTTPS://'] }, read, notIn('(none)')],
    [
      'method and prefix',
      { allowed_tools: ['resources/read'], resource_match: ['https://b.'] },
      read,
      notIn('(none)'),
    ],
  ])('%s', (_, criteria, given, expected) => {
    expect(skipReason(criteria, given)).toBe(expected);
  });
});

describe('parameter constraints', () => {
  const atMost = { key: 'n', max_value: 10 };
  it.each<[string, object, unknown, string | null]>([
    ['no arguments', atMost, undefined, PARAMETERS],
    ['null arguments', atMost, null, PARAMETERS],
    ['a list of arguments', { key: '0' }, ['x'], PARAMETERS],
    ['the length of a list', { key: 'n.length' }, { n: [1] }, PARAMETERS],
    ['the length of a text', { key: 'n.length' }, { n: 'abc' }, PARAMETERS],
    ['missing [T]', atMost, { m: 1 }, PARAMETERS],
    ['below the bound', atMost, { n: 9.5 }, null],
    ['at the bound', atMost, { n: 10 }, null],
    ['above the bound [T]', atMost, { n: 10.01 }, PARAMETERS],
    ['a number as text [T]', atMost, { n: '9' }, PARAMETERS],
    ['a flag [T]', atMost, { n: true }, PARAMETERS],
    ['null', atMost, { n: null }, PARAMETERS],
    ['a big integer within', { key: 'n', min_value: 10 }, { n: 10n ** 30n }, null],
    ['a big integer beyond', atMost, { n: 10n ** 30n }, PARAMETERS],
    ['at the lower bound', { key: 'n', min_value: 0 }, { n: 0 }, null],
    ['below the lower bound', { key: 'n', min_value: 0 }, { n: -1 }, PARAMETERS],
    ['outside both', { key: 'n', min_value: 1, max_value: 2 }, { n: 3 }, PARAMETERS],
    ['an allowed value', { key: 'n', allowed_values: ['a', 'b'] }, { n: 'b' }, null],
    ['in other case', { key: 'n', allowed_values: ['a'] }, { n: 'A' }, PARAMETERS],
    ['no text [T]', { key: 'n', allowed_values: ['1'] }, { n: 1 }, PARAMETERS],
    [
      'both kinds, a number',
      { key: 'n', max_value: 9, allowed_values: ['1'] },
      { n: 1 },
      PARAMETERS,
    ],
    [
      'both kinds, a text',
      { key: 'n', max_value: 9, allowed_values: ['1'] },
      { n: '1' },
      PARAMETERS,
    ],
    ['presence', { key: 'n' }, { n: null }, null],
    ['absence', { key: 'n' }, {}, PARAMETERS],
    ['a path', { key: 'o.d', max_value: 3 }, { o: { d: 3 } }, null],
    ['a path through nothing', { key: 'o.d' }, { o: null }, PARAMETERS],
    ['a path is no key', { key: 'o.d' }, { 'o.d': 1 }, PARAMETERS],
    ['the empty key', { key: '' }, { '': 1 }, null],
    ['an inherited member', { key: 'constructor' }, {}, PARAMETERS],
    ['an inherited path', { key: '__proto__.constructor' }, {}, PARAMETERS],
    [
      'a member called __proto__',
      { key: '__proto__.n' },
      JSON.parse('{"__proto__":{"n":1}}'),
      null,
    ],
    [
      'arguments without prototype',
      { key: 'n' },
      Object.assign(Object.create(null), { n: 1 }),
      null,
    ],
  ])('%s', (_, constraint, args, expected) => {
    expect(skipReason({ parameter_constraints: [constraint] }, { arguments: args })).toBe(expected);
  });

  it('have to hold all together', () => {
    const parameter_constraints = [{ key: 'a' }, { key: 'b' }];
    const reason = (args: object) => skipReason({ parameter_constraints }, { arguments: args });
    expect(reason({ a: 1, b: 2 })).toBeNull();
    expect(reason({ a: 1 })).toBe(PARAMETERS);
  });

  it('do not matter where there are none, even without arguments', () => {
    expect(skipReason({}, { arguments: undefined })).toBeNull();
  });
});

it('gives the first failing check in the order of §5.2 as the reason', () => {
  const failing = {
    agent_match: { trust_level: 'trusted' },
    principal_match: { sub: 'nobody' },
    intent_match: { keywords: ['nothing'] },
    allowed_tools: ['none'],
    parameter_constraints: [{ key: 'missing' }],
  };
  const { agent_match: _a, ...fromPrincipal } = failing;
  const { principal_match: _p, ...fromIntent } = fromPrincipal;
  const { intent_match: _i, ...fromTool } = fromIntent;
  const { allowed_tools: _t, ...fromParameters } = fromTool;
  expect(
    [failing, fromPrincipal, fromIntent, fromTool, fromParameters].map((criteria) =>
      skipReason(criteria),
    ),
  ).toEqual([AGENT, PRINCIPAL, INTENT, "tool 'read_file' not in allowed_tools", PARAMETERS]);
});
