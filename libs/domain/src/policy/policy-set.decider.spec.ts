import { deciderSpec } from '@arbiter/testing';
import type { Json } from '../kernel/event';
import type { Instant } from '../kernel/values';
import { examinePolicies } from './policy-examination';
import type { ActivatePolicies } from './policy-set.commands';
import { policySetDecider } from './policy-set.decider';
import { policySetInvalid } from './policy-set.errors';
import { PolicySetActivated } from './policy-set.events';

const { given } = deciderSpec(policySetDecider);
const at = (clock: string) => `2026-01-01T${clock}:00.000Z` as Instant;
const rulesOf = (...source: readonly object[]) =>
  examinePolicies(source, () => () => true).policies;
const policies = rulesOf({
  id: 'small-reads',
  effect: 'allow',
  allowed_tools: ['read_file'],
  priority: -3,
  agent_match: { trust_level: 'basic' },
  parameter_constraints: [{ key: 'size', max_value: 0.5 }],
});
const facts = { digest: 'd1', source: 'file', policies } as const;
const activate: ActivatePolicies = { type: 'ActivatePolicies', ...facts, at: at('10:01') };
const active = PolicySetActivated.of({ ...facts, count: 1 }, at('10:00'));

describe('The policy set', () => {
  it('records the rules that come into force', () => {
    given()
      .when(activate)
      .then(PolicySetActivated.of({ ...facts, count: 1 }, at('10:01')));
  });

  it('comes into force once', () => {
    given(active).when(activate).thenNothing();
  });

  it('changes with the rules, and with where they come from', () => {
    const other = { digest: 'd2', source: 'file', policies: [] } as const;
    given(active)
      .when({ ...activate, ...other })
      .then(PolicySetActivated.of({ ...other, count: 0 }, at('10:01')));
    given(active)
      .when({ ...activate, source: 'inline' })
      .then(PolicySetActivated.of({ ...facts, source: 'inline', count: 1 }, at('10:01')));
  });

  it('can return to rules that were in force before', () => {
    const empty = PolicySetActivated.of(
      { digest: 'd0', source: 'none', policies: [], count: 0 },
      at('10:00'),
    );
    given(active, empty)
      .when(activate)
      .then(PolicySetActivated.of({ ...facts, count: 1 }, at('10:01')));
  });

  it.each([
    ['an id twice', [...policies, ...policies]],
    ['a blanket allow', rulesOf({ id: 'a', effect: 'allow' })],
    ['a priority above the cap', rulesOf({ id: 'a', effect: 'deny', priority: 1001 })],
  ])('does not come into force with %s', (_, refused) => {
    given()
      .when({ ...activate, policies: refused })
      .thenRefused(policySetInvalid);
    expect(refused).not.toEqual([]);
  });
});

describe('policy-set.activated', () => {
  it('survives being stored', () => {
    const stored = JSON.parse(JSON.stringify(PolicySetActivated.encode(active.data))) as Json;
    expect(PolicySetActivated.decode(stored, 1, active.at)).toEqual(active);
  });

  it.each([
    ['a priority that is no integer', { priority: 1.5 }],
    ['a bound that JSON cannot say', { parameterConstraints: [{ key: 'a', maxValue: Infinity }] }],
    ['an unknown effect', { effect: 'maybe' }],
  ])('refuses %s', (_, broken) => {
    const [rule] = policies;
    const data = { ...active.data, policies: [{ ...rule, ...broken }] };
    expect(() => PolicySetActivated.encode(data)).toThrow('does not match its schema');
  });
});
