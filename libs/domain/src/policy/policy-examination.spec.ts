import {
  examinePolicies,
  examinePolicyDocument,
  requireLoadable,
  validationOf,
} from './policy-examination';
import { policySetInvalid } from './policy-set.errors';
import type { RegexCompiler } from './regex-compiler';

const compile: RegexCompiler = (pattern) => {
  const regex = new RegExp(pattern, 'u');
  return (text) => regex.test(text);
};
const examine = (...policies: readonly unknown[]) => examinePolicies(policies, compile);
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

describe('reading policies', () => {
  it('fills in every default', () => {
    expect(examine({ id: 'minimal', effect: 'allow', allowed_tools: ['read_file'] })).toEqual({
      policies: [
        {
          id: 'minimal',
          effect: 'allow',
          disposition: 'block',
          allowedTools: ['read_file'],
          resourceMatch: [],
          priority: 0,
          agentMatch: { agentId: null, trustLevel: null, capabilities: [] },
          principalMatch: { sub: null, groups: [] },
          intentMatch: { keywords: [], regex: null },
          parameterConstraints: [],
        },
      ],
      diagnostics: [],
    });
  });

  it('reads every key', () => {
    const { policies, diagnostics } = examine({
      id: 'full',
      effect: 'deny',
      disposition: 'annotate',
      allowed_tools: ['write_file'],
      resource_match: ['https://example.com/'],
      priority: -5,
      agent_match: {
        agent_id: 'urn:uuid:AAAAAAAA-0000-4000-8000-000000000001',
        trust_level: 'verified',
        capabilities: ['fs'],
      },
      principal_match: { sub: 'user:alice', groups: ['ops'] },
      intent_match: { keywords: ['deploy'], regex: '^deploy' },
      parameter_constraints: [
        { key: 'opts.depth', max_value: 3, min_value: 0.5 },
        { key: 'mode', allowed_values: ['a', 'b'] },
      ],
    });
    expect(diagnostics).toEqual([]);
    expect(policies).toEqual([
      {
        id: 'full',
        effect: 'deny',
        disposition: 'annotate',
        allowedTools: ['write_file'],
        resourceMatch: ['https://example.com/'],
        priority: -5,
        agentMatch: {
          agentId: 'aaaaaaaa-0000-4000-8000-000000000001',
          trustLevel: 'verified',
          capabilities: ['fs'],
        },
        principalMatch: { sub: 'user:alice', groups: ['ops'] },
        intentMatch: { keywords: ['deploy'], regex: '^deploy' },
        parameterConstraints: [
          { key: 'opts.depth', maxValue: 3, minValue: 0.5, allowedValues: [] },
          { key: 'mode', maxValue: null, minValue: null, allowedValues: ['a', 'b'] },
        ],
      },
    ]);
  });

  it('takes big integers, as TOML parsers give them, for numbers', () => {
    const { policies } = examine(
      allow('a', { priority: 7n, parameter_constraints: [{ key: 'n', max_value: 2n ** 60n }] }),
    );
    expect(policies[0]?.priority).toBe(7);
    expect(policies[0]?.parameterConstraints[0]?.maxValue).toBe(2 ** 60);
  });

  it('knows no negative zero, because JSON does not', () => {
    const { policies } = examine(
      allow('a', { parameter_constraints: [{ key: 'n', min_value: -0 }] }),
    );
    expect(policies[0]?.parameterConstraints[0]?.minValue).toBe(0);
  });

  it.each([
    ['id missing', { effect: 'allow', allowed_tools: ['*'] }, 'policies[0].id is required'],
    ['id of another type', allow('a', { id: 7 }), 'policies[0].id must be a string'],
    ['effect missing', { id: 'a', allowed_tools: ['*'] }, 'policies[0].effect is required'],
    ['effect unknown', allow('a', { effect: 'Allow' }), 'policies[0].effect must be one of'],
    ['disposition', allow('a', { disposition: 'log' }), 'policies[0].disposition must be one of'],
    ['tools no list', allow('a', { allowed_tools: '*' }), 'allowed_tools must be an array of'],
    ['tool no string', allow('a', { allowed_tools: ['x', 1] }), 'allowed_tools must be an array'],
    ['priority text', allow('a', { priority: '5' }), 'policies[0].priority must be a 32-bit'],
    ['priority flag', allow('a', { priority: true }), 'policies[0].priority must be a 32-bit'],
    ['priority float', allow('a', { priority: 1.5 }), 'policies[0].priority must be a 32-bit'],
    ['priority huge', allow('a', { priority: -(2 ** 31) - 1 }), 'priority must be a 32-bit'],
    ['agent no table', allow('a', { agent_match: [] }), 'policies[0].agent_match must be a table'],
    ['agent a date', allow('a', { agent_match: new Date(0) }), 'agent_match must be a table'],
    ['agent id', allow('a', { agent_match: { agent_id: 'bob' } }), 'agent_id must be a UUID'],
    [
      'trust level',
      allow('a', { agent_match: { trust_level: 'root' } }),
      'trust_level must be one',
    ],
    ['sub', allow('a', { principal_match: { sub: 1 } }), 'principal_match.sub must be a string'],
    ['keywords', allow('a', { intent_match: { keywords: 'x' } }), 'keywords must be an array of'],
    ['lone surrogate', allow('a', { allowed_tools: ['\ud800'] }), 'allowed_tools must be an array'],
    ['constraints', allow('a', { parameter_constraints: {} }), 'must be an array of tables'],
    ['constraint', allow('a', { parameter_constraints: [1] }), 'constraints[0] must be a table'],
    ['key', allow('a', { parameter_constraints: [{}] }), 'constraints[0].key is required'],
    [
      'bound as text',
      allow('a', { parameter_constraints: [{ key: 'n', max_value: '3' }] }),
      'parameter_constraints[0].max_value must be a finite number',
    ],
    [
      'bound as flag',
      allow('a', { parameter_constraints: [{ key: 'n', min_value: true }] }),
      'parameter_constraints[0].min_value must be a finite number',
    ],
    [
      'bound without end',
      allow('a', { parameter_constraints: [{ key: 'n', max_value: Infinity }] }),
      'parameter_constraints[0].max_value must be a finite number',
    ],
    ['no table at all', 'policy', 'policies[0] must be a table'],
  ])('refuses a type error: %s', (_, policy, message) => {
    const examination = examine(policy);
    expect(examination.diagnostics).toContainEqual(
      expect.objectContaining({ level: 'error', message: expect.stringContaining(message) }),
    );
    expect(validationOf(examination)).toMatchObject({ valid: false, policyCount: 0 });
    expect(() => requireLoadable(examination)).toThrow(policySetInvalid().message);
  });

  it('names all that is wrong in one go, and whose rule it is', () => {
    expect(findings(allow('a', { priority: 'x', effect: 1 }), { id: 'b' })).toEqual([
      ['error', 'a', expect.stringContaining('policies[0].effect')],
      ['error', 'a', expect.stringContaining('policies[0].priority')],
      ['error', 'b', expect.stringContaining('policies[1].effect')],
    ]);
  });

  it('treats prototype keys as unknown keys like any other', () => {
    const table = JSON.parse('{"__proto__":{"effect":"allow"},"constructor":1,"id":"a"}') as object;
    expect(findings(table)).toEqual([
      ['error', 'a', 'policies[0].effect is required'],
      ['warning', 'a', 'policies[0].__proto__ is unknown and ignored'],
      ['warning', 'a', 'policies[0].constructor is unknown and ignored'],
    ]);
    expect(({} as { effect?: unknown }).effect).toBeUndefined();
  });

  it('warns of unknown keys at every level, and loads', () => {
    const policy = allow('a', {
      tools: [],
      agent_match: { id: 1 },
      principal_match: { subject: 1 },
      intent_match: { keyword: 1 },
      parameter_constraints: [{ key: 'k', max: 1 }],
    });
    expect(findings(policy)).toEqual([
      ['warning', 'a', 'policies[0].agent_match.id is unknown and ignored'],
      ['warning', 'a', 'policies[0].principal_match.subject is unknown and ignored'],
      ['warning', 'a', 'policies[0].intent_match.keyword is unknown and ignored'],
      ['warning', 'a', 'policies[0].parameter_constraints[0].max is unknown and ignored'],
      ['warning', 'a', 'policies[0].tools is unknown and ignored'],
    ]);
    expect(requireLoadable(examine(policy))).toHaveLength(1);
  });
});

describe('reading a policy document', () => {
  const document = (source: unknown) => examinePolicyDocument(source, compile);

  it('is a set without rules when the file is empty', () => {
    expect(document(Object.create(null))).toEqual({ policies: [], diagnostics: [] });
  });

  it('warns of other keys beside the policies', () => {
    const { policies, diagnostics } = document({ policy: [], policies: [allow('a')] });
    expect(policies).toHaveLength(1);
    expect(diagnostics).toEqual([
      expect.objectContaining({ level: 'warning', message: 'policy is unknown and ignored' }),
    ]);
  });

  it.each([[null], [[]], [{ policies: 'x' }], [{ policies: {} }], [{ policies: null }]])(
    'refuses %j',
    (source) => {
      expect(validationOf(document(source))).toMatchObject({ valid: false, policyCount: 0 });
    },
  );
});
