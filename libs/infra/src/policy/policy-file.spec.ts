import fc from 'fast-check';
import { loadingErrors, requireLoadable, validationOf } from '@arbiter/domain';
import { examinePolicyToml } from './policy-file';

const POLICIES = `
[[policies]]
id = "allow-reads"
effect = "allow"
allowed_tools = ["read_file", "list_directory"]

[policies.agent_match]
trust_level = "basic"

[policies.intent_match]
keywords = ["read"]
regex = '(?i)\\breport'

[[policies.parameter_constraints]]
key = "opts.depth"
max_value = 3
min_value = 0.5

[[policies]]
id = "no-deletes"
effect = "deny"
allowed_tools = ["delete_file"]
priority = 10
`;

describe('a policy file', () => {
  it('gives its rules in file order', () => {
    const examination = examinePolicyToml(POLICIES);
    expect(examination.diagnostics).toEqual([]);
    expect(requireLoadable(examination)).toMatchObject([
      {
        id: 'allow-reads',
        agentMatch: { trustLevel: 'basic' },
        intentMatch: { keywords: ['read'], regex: '(?i)\\breport' },
        parameterConstraints: [{ key: 'opts.depth', maxValue: 3, minValue: 0.5 }],
      },
      { id: 'no-deletes', priority: 10 },
    ]);
  });

  it.each([[''], ['# nothing yet\n'], ['\ufeff']])('may be empty: %j', (text) => {
    expect(requireLoadable(examinePolicyToml(text))).toEqual([]);
  });

  it('says where the syntax is broken, without quoting the file', () => {
    const examination = examinePolicyToml('[[policies]]\nid = "s3cret"\nid = "b"\n');
    expect(examination).toEqual({
      policies: [],
      diagnostics: [
        {
          level: 'error',
          policyId: null,
          message: expect.stringMatching(/^line 3, column 1: Invalid TOML document: [^\n]+$/),
          refusesLoading: true,
        },
      ],
    });
    expect(examination.diagnostics[0]?.message).not.toContain('s3cret');
    expect(validationOf(examination)).toMatchObject({ valid: false, policyCount: 0 });
  });

  it('judges numbers, dates and prototype keys as values like any other', () => {
    const examination = examinePolicyToml(
      '[[policies]]\nid = 1979-05-27\neffect = true\npriority = 9007199254740993\n__proto__ = 1\n',
    );
    expect(examination.diagnostics.map(({ message }) => message)).toEqual([
      'policies[0].id must be a string',
      expect.stringContaining('policies[0].effect must be one of'),
      'policies[0].priority must be a 32-bit integer',
      'policies[0].__proto__ is unknown and ignored',
    ]);
  });

  it('refuses a regex that is not RE2', () => {
    const text = POLICIES.replace('(?i)\\breport', '(?=report)');
    expect(loadingErrors(examinePolicyToml(text))).toEqual([
      expect.objectContaining({ level: 'error', policyId: 'allow-reads' }),
    ]);
  });

  it('is judged whatever it holds', () => {
    const damaged = fc
      .tuple(fc.nat(POLICIES.length), fc.nat(8), fc.string({ unit: 'binary', maxLength: 8 }))
      .map(([start, length, junk]) =>
        [POLICIES.slice(0, start), junk, POLICIES.slice(start + length)].join(''),
      );
    fc.assert(
      fc.property(fc.oneof(damaged, fc.string({ unit: 'binary' })), (text) => {
        const { policies, diagnostics } = examinePolicyToml(text);
        expect(Array.isArray(policies)).toBe(true);
        expect(diagnostics.every(({ message }) => message !== '')).toBe(true);
      }),
    );
  });
});
