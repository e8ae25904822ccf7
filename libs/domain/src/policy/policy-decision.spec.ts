import type { AgentId, Instant } from '../kernel/values';
import type { PolicyCall, PolicyContext } from './policy-call';
import { compilePolicySet } from './policy-compiler';
import { decide, mayCall } from './policy-decision';
import { delegationLinksOf } from './delegation-link';
import { examinePolicies, requireLoadable } from './policy-examination';
import type { RegexCompiler } from './regex-compiler';

const compile: RegexCompiler = (pattern) => (text) => new RegExp(pattern, 'u').test(text);
const setOf = (...rules: readonly object[]) =>
  compilePolicySet(requireLoadable(examinePolicies(rules, compile)), compile);
const context: PolicyContext = {
  agentId: '00000000-0000-4000-8000-00000000000a' as AgentId,
  trustLevel: 'verified',
  capabilities: [],
  principal: 'user:alice',
  groups: [],
  intent: 'tidy up',
  delegationLinks: [],
  at: '2026-01-01T10:00:00.000Z' as Instant,
};
const calling = (tool: string, args: unknown = {}): PolicyCall => ({
  method: 'tools/call',
  tool,
  arguments: args,
  uri: null,
});
const allowAll = { id: 'allow-all', effect: 'allow', allowed_tools: ['*'] };
const denyWrite = { id: 'no-write', effect: 'deny', allowed_tools: ['write_file'] };
const byDefault = {
  effect: 'deny',
  policyId: null,
  reason: expect.stringContaining('deny-by-default'),
};

describe('which rule wins (§5.3)', () => {
  it('denies by default', () => {
    expect(decide(setOf(), context, calling('read_file'))).toEqual(byDefault);
    expect(decide(setOf(denyWrite), context, calling('read_file'))).toEqual(byDefault);
  });

  it('denies a tool by a more specific rule than the blanket allow [T]', () => {
    const set = setOf(allowAll, {
      id: 'no-delete',
      effect: 'deny',
      allowed_tools: ['delete_file'],
      agent_match: { trust_level: 'basic' },
    });
    expect(decide(set, context, calling('delete_file'))).toMatchObject({
      effect: 'deny',
      policyId: 'no-delete',
    });
    expect(decide(set, context, calling('read_file'))).toEqual({
      effect: 'allow',
      policyId: 'allow-all',
    });
  });

  it('denies by priority, and says which policy did [T]', () => {
    const set = setOf(allowAll, { ...denyWrite, priority: 10 });
    expect(decide(set, context, calling('write_file'))).toEqual({
      effect: 'deny',
      policyId: 'no-write',
      reason: expect.stringContaining('no-write'),
    });
  });

  it('lets the earliest of equal scores win, an allow over a deny too', () => {
    expect(decide(setOf(allowAll, denyWrite), context, calling('write_file')).effect).toBe('allow');
    expect(decide(setOf(denyWrite, allowAll), context, calling('write_file')).effect).toBe('deny');
  });

  it('ranks a negative priority below the automatic score', () => {
    const set = setOf({ ...denyWrite, priority: -1 }, allowAll);
    expect(decide(set, context, calling('write_file')).effect).toBe('allow');
  });

  it('escalates, and names the policy', () => {
    const set = setOf({ id: 'ask', effect: 'escalate', allowed_tools: ['deploy'] });
    expect(decide(set, context, calling('deploy'))).toEqual({
      effect: 'escalate',
      policyId: 'ask',
      reason: expect.stringMatching(/'ask'.*escalat/),
    });
  });

  it('annotates a deny that only records', () => {
    const set = setOf({ ...denyWrite, disposition: 'annotate' });
    expect(decide(set, context, calling('write_file'))).toEqual({
      effect: 'annotate',
      policyId: 'no-write',
      reason: expect.stringContaining('no-write'),
    });
  });

  it.each(['allow', 'escalate'])('ignores the disposition of an %s rule', (effect) => {
    const set = setOf({ ...denyWrite, effect, disposition: 'annotate' });
    expect(decide(set, context, calling('write_file')).effect).toBe(effect);
  });

  it('lets a constrained deny be avoided by leaving the parameter out', () => {
    const parameter_constraints = [{ key: 'size', min_value: 100 }];
    const set = setOf(allowAll, { ...denyWrite, priority: 1, parameter_constraints });
    expect(decide(set, context, calling('write_file', { size: 100 })).effect).toBe('deny');
    expect(decide(set, context, calling('write_file', {})).effect).toBe('allow');
    expect(decide(set, context, calling('write_file', undefined)).effect).toBe('allow');
  });

  it.each([
    ['above the bound', { size: 101 }],
    ['missing', {}],
    ['of the wrong type', { size: '1' }],
  ])('denies by default when the parameter of an allow rule is %s', (_, args) => {
    const parameter_constraints = [{ key: 'size', max_value: 100 }];
    const set = setOf({ ...denyWrite, effect: 'allow', parameter_constraints });
    expect(decide(set, context, calling('write_file', args))).toEqual(byDefault);
    expect(decide(set, context, calling('write_file', { size: 1 })).effect).toBe('allow');
  });
});

describe('delegation (§5.5)', () => {
  const link = (more: object) =>
    delegationLinksOf([
      JSON.stringify({
        from: '00000000-0000-4000-8000-00000000000a',
        to: '00000000-0000-4000-8000-00000000000b',
        scope_narrowing: ['read_file', 'resources/read'],
        created_at: '2026-01-01T09:00:00Z',
        ...more,
      }),
    ]);
  const delegated = { ...context, delegationLinks: link({}) };

  it('overrides every rule', () => {
    const set = setOf({ ...allowAll, priority: 1000 });
    expect(decide(set, delegated, calling('read_file')).effect).toBe('allow');
    expect(decide(set, delegated, calling('write_file'))).toEqual({
      effect: 'deny',
      policyId: null,
      reason: expect.stringContaining('delegation scope'),
    });
    expect(mayCall(set, delegated, 'write_file')).toBe(false);
    expect(mayCall(set, delegated, 'read_file')).toBe(true);
  });

  it('goes by the method when there is no tool', () => {
    const read = { method: 'resources/read', tool: null, arguments: undefined, uri: 'https://a' };
    expect(decide(setOf(allowAll), delegated, read).effect).toBe('allow');
    const list = { ...read, method: 'tools/call' };
    expect(decide(setOf(allowAll), delegated, list).effect).toBe('deny');
  });

  it('denies once it has expired', () => {
    const expired = { ...context, delegationLinks: link({ expires_at: '2026-01-01T09:59:59Z' }) };
    expect(decide(setOf(allowAll), expired, calling('read_file'))).toMatchObject({
      effect: 'deny',
      policyId: null,
      reason: expect.stringContaining('expired'),
    });
    expect(mayCall(setOf(allowAll), expired, 'read_file')).toBe(false);
  });
});

describe('which tools are visible (D4)', () => {
  const constrained = { parameter_constraints: [{ key: 'size', max_value: 1 }] };
  const visible = (...rules: readonly object[]) => mayCall(setOf(...rules), context, 'write_file');

  it.each([
    ['nothing allows it', [], false],
    ['a rule allows it', [allowAll], true],
    ['a rule allows other tools', [{ ...allowAll, allowed_tools: ['read_file'] }], false],
    ['a higher rule denies it', [allowAll, { ...denyWrite, priority: 1 }], false],
    [
      'a higher rule escalates',
      [allowAll, { ...denyWrite, effect: 'escalate', priority: 1 }],
      false,
    ],
    ['a rule only annotates', [{ ...denyWrite, disposition: 'annotate' }], true],
    ['some arguments are allowed', [{ ...allowAll, ...constrained }], true],
    ['some arguments are denied', [{ ...denyWrite, ...constrained }, allowAll], true],
    [
      'some are denied and the rest is not allowed',
      [{ ...denyWrite, ...constrained, priority: 1 }],
      false,
    ],
    [
      'the rule that allows some cannot be met',
      [
        {
          ...allowAll,
          parameter_constraints: [{ key: 'k', max_value: 1, allowed_values: ['a'] }],
        },
      ],
      false,
    ],
    [
      'the range that is allowed is empty',
      [{ ...allowAll, parameter_constraints: [{ key: 'k', max_value: 1, min_value: 2 }] }],
      false,
    ],
  ])('when %s', (_, rules, expected) => {
    expect(visible(...rules)).toBe(expected);
  });
});

it('finds the one rule that matters among a thousand', () => {
  const rules = Array.from({ length: 999 }, (_, n) => ({
    id: `rule-${n}`,
    effect: n % 2 === 0 ? 'deny' : 'allow',
    allowed_tools: [`tool_${n}`, 'deploy'],
    priority: n + 1,
    intent_match: { keywords: [`word${n}`] },
    principal_match: { sub: `user:${n}` },
  }));
  const set = setOf(...rules, { ...allowAll, allowed_tools: ['deploy'] });
  expect(decide(set, context, calling('deploy'))).toEqual({
    effect: 'allow',
    policyId: 'allow-all',
  });
  const insider = { ...context, principal: 'user:500', intent: 'do word500' };
  expect(decide(set, insider, calling('deploy'))).toMatchObject({
    effect: 'deny',
    policyId: 'rule-500',
  });
});
