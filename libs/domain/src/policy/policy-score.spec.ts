import { parsePolicy } from './policy-parser';
import { scoreOf } from './policy-score';

const score = (criteria: object) =>
  scoreOf(parsePolicy({ id: 'a', effect: 'deny', ...criteria }, 0).rule);
const agent_id = '00000000-0000-4000-8000-00000000000a';

describe('the score of a rule (§5.3)', () => {
  it.each([
    ['nothing', {}, 0],
    ['an agent', { agent_match: { agent_id } }, 100],
    ['a trust level, the lowest too', { agent_match: { trust_level: 'untrusted' } }, 50],
    ['a capability', { agent_match: { capabilities: ['a'] } }, 25],
    ['three capabilities', { agent_match: { capabilities: ['a', 'b', 'c'] } }, 75],
    ['a fourth capability', { agent_match: { capabilities: ['a', 'b', 'c', 'd'] } }, 75],
    ['a principal', { principal_match: { sub: '' } }, 40],
    ['every group', { principal_match: { groups: ['a', 'b', 'c', 'd'] } }, 80],
    ['a regex', { intent_match: { regex: '' } }, 30],
    ['every keyword', { intent_match: { keywords: ['a', 'b', 'c', 'd'] } }, 40],
    ['tools', { allowed_tools: ['a', 'b'] }, 0],
    ['resources', { resource_match: ['a'] }, 0],
    ['constraints', { parameter_constraints: [{ key: 'a', max_value: 1 }] }, 0],
    [
      'everything adds up',
      {
        agent_match: { agent_id, trust_level: 'basic', capabilities: ['a'] },
        principal_match: { sub: 'x', groups: ['g'] },
        intent_match: { keywords: ['k'], regex: 'r' },
      },
      275,
    ],
    ['a priority instead', { priority: 7, agent_match: { agent_id } }, 7],
    ['a negative priority', { priority: -7, agent_match: { agent_id } }, -7],
  ])('%s', (_, criteria, expected) => {
    expect(score(criteria)).toBe(expected);
  });
});
