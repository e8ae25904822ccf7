import {
  examinePolicies,
  loadingErrors,
  requireLoadable,
  validationOf,
} from './policy-examination';
import { policySetInvalid } from './policy-set.errors';

const examine = (...policies: readonly unknown[]) =>
  examinePolicies(policies, (pattern) => {
    const regex = new RegExp(pattern, 'u');
    return (text) => regex.test(text);
  });
const findings = (...policies: readonly unknown[]) =>
  examine(...policies).diagnostics.map(({ level, policyId, message }) => [
    level,
    policyId,
    message,
  ]);
const allow = (id: string, more: object = {}) => ({
  id,
  effect: 'allow',
  allowed_tools: ['read_file'],
  ...more,
});

describe('rules that validate and do not load (§3.6, B-29)', () => {
  it.each([
    ['an allow rule for everything', { id: 'p', effect: 'allow' }, 'allowed_tools = ["*"]'],
    ['a priority above the cap', allow('p', { priority: 1001 }), 'above 1000'],
    [
      'a regex of more than 500 bytes',
      allow('p', { intent_match: { regex: 'é'.repeat(251) } }),
      '500 bytes',
    ],
  ])('warns of %s', (_, policy, message) => {
    const examination = examine(policy);
    expect(validationOf(examination)).toMatchObject({ valid: true, policyCount: 1 });
    expect(loadingErrors(examination)).toEqual([
      expect.objectContaining({
        level: 'warning',
        policyId: 'p',
        message: expect.stringContaining(message),
      }),
    ]);
    expect(() => requireLoadable(examination)).toThrow(policySetInvalid().message);
  });

  it.each([
    ['a priority at the cap', allow('p', { priority: 1000 })],
    ['a regex of exactly 500 bytes', allow('p', { intent_match: { regex: 'é'.repeat(250) } })],
    ['an allow rule for resources', { id: 'p', effect: 'allow', resource_match: ['https://a/'] }],
    ['a blanket allow that says so', allow('p', { allowed_tools: ['*'] })],
  ])('loads %s', (_, policy) => {
    expect(findings(policy)).toEqual([]);
    expect(requireLoadable(examine(policy))).toHaveLength(1);
  });
});

describe('rules that neither validate nor load (§5.7)', () => {
  it('refuses a duplicate id', () => {
    const examination = examine(allow('a'), allow('b'), allow('a'));
    expect(loadingErrors(examination)).toEqual([
      {
        level: 'error',
        policyId: 'a',
        message: expect.stringContaining('duplicate'),
        refusesLoading: true,
      },
    ]);
    expect(validationOf(examination)).toMatchObject({ valid: false, policyCount: 3 });
  });

  it('refuses a regex that does not compile', () => {
    const examination = examine(allow('a', { intent_match: { regex: '(' } }));
    expect(loadingErrors(examination)).toEqual([
      expect.objectContaining({ level: 'error', policyId: 'a' }),
    ]);
    expect(validationOf(examination).valid).toBe(false);
  });
});

describe('rules that load with a warning', () => {
  it.each(['deny', 'escalate'])('warns of a blanket %s', (effect) => {
    expect(findings({ id: 'all', effect })).toEqual([
      ['warning', 'all', expect.stringContaining(`blanket ${effect}`)],
    ]);
    expect(requireLoadable(examine({ id: 'all', effect }))).toHaveLength(1);
  });

  it('warns of the rule that a higher score of another effect shadows', () => {
    const deny = { id: 'deny', effect: 'deny', allowed_tools: ['READ_FILE'], priority: 10 };
    expect(findings(allow('low'), deny)).toEqual([
      ['warning', 'low', expect.stringContaining('shadowed by "deny"')],
    ]);
  });

  it('counts a rule without tools, or with *, as overlapping everything', () => {
    const everything = { id: 'deny', effect: 'deny', resource_match: ['x'], priority: 10 };
    expect(findings(allow('low'), everything)).toHaveLength(1);
    expect(findings(allow('low'), { ...everything, allowed_tools: ['*'] })).toHaveLength(1);
    expect(findings({ ...everything, priority: 0 }, allow('high', { priority: 1 }))).toHaveLength(
      1,
    );
  });

  it('warns when only the order in the file decides (A30)', () => {
    const deny = { id: 'deny', effect: 'deny', allowed_tools: ['read_file'] };
    expect(findings(allow('first'), deny)).toEqual([
      ['warning', 'deny', expect.stringContaining('ties with "first"')],
    ]);
  });

  it('is silent about rules that agree, or have nothing in common', () => {
    expect(findings(allow('a'), allow('b', { priority: 3 }))).toEqual([]);
    expect(
      findings(allow('a'), { id: 'b', effect: 'deny', allowed_tools: ['write_file'] }),
    ).toEqual([]);
  });
});
