import fc from 'fast-check';
import { TRUST_LEVELS, type AgentId, type Instant } from '../kernel/values';
import type { PolicyCall, PolicyContext } from './policy-call';
import { compilePolicySet } from './policy-compiler';
import { decide, mayCall } from './policy-decision';
import { explain } from './policy-explanation';
import { examinePolicies } from './policy-examination';
import { POLICY_DISPOSITIONS, POLICY_EFFECTS, type PolicyRule } from './policy-rule';
import type { RegexCompiler } from './regex-compiler';

const compile: RegexCompiler = (pattern) => (text) => new RegExp(pattern, 'u').test(text);
const setOf = (rules: readonly PolicyRule[]) => compilePolicySet(rules, compile);
const TOOLS = ['read', 'write', 'Deploy'];
const KEYS = ['a', 'b', 'a.b'];

const some = <T>(...values: readonly T[]) =>
  fc.uniqueArray(fc.constantFrom(...values), { maxLength: 2 });
const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: null, freq: 2 });

const constraint = fc.record({
  key: fc.constantFrom(...KEYS),
  maxValue: maybe(fc.integer({ min: 0, max: 4 })),
  minValue: maybe(fc.integer({ min: 0, max: 4 })),
  allowedValues: some('x', 'y'),
});

/** Small alphabets, so that rules do meet calls, and tie, and shadow one another. */
const ruleWith = (constraints: fc.Arbitrary<PolicyRule['parameterConstraints']>) =>
  fc.record({
    id: fc.uuid(),
    effect: fc.constantFrom(...POLICY_EFFECTS),
    disposition: fc.constantFrom(...POLICY_DISPOSITIONS),
    allowedTools: some(...TOOLS, '*'),
    resourceMatch: fc.constant([]),
    priority: fc.constantFrom(0, 0, 50, -1),
    agentMatch: fc.record({
      agentId: fc.constant(null),
      trustLevel: maybe(fc.constantFrom(...TRUST_LEVELS)),
      capabilities: some('fs', 'net'),
    }),
    principalMatch: fc.record({ sub: maybe(fc.constantFrom('alice', 'bob')), groups: some('ops') }),
    intentMatch: fc.record({ keywords: some('tidy', 'up'), regex: maybe(fc.constant('^tidy')) }),
    parameterConstraints: constraints,
  });
const rule = ruleWith(fc.array(constraint, { maxLength: 2 }));
const unconstrained = ruleWith(fc.constant([]));

const context: fc.Arbitrary<PolicyContext> = fc.record({
  agentId: fc.constant('00000000-0000-4000-8000-00000000000a' as AgentId),
  trustLevel: fc.constantFrom(...TRUST_LEVELS),
  capabilities: some('fs', 'net'),
  principal: fc.constantFrom('alice', ''),
  groups: some('ops'),
  intent: fc.constantFrom('tidy up', 'please tidy', ''),
  delegationLinks: fc.constant([]),
  at: fc.constant('2026-01-01T10:00:00.000Z' as Instant),
});
const value = fc.oneof(fc.integer({ min: -1, max: 5 }), fc.constantFrom('x', 'y', 'z', null));
const args = fc.oneof(
  fc.constant(undefined),
  fc.dictionary(fc.constantFrom('a', 'b'), fc.oneof(value, fc.dictionary(fc.constant('b'), value))),
);
const tool = fc.constantFrom(...TOOLS, 'READ', 'other');
const calling = (name: string, given: unknown): PolicyCall => ({
  method: 'tools/call',
  tool: name,
  arguments: given,
  uri: null,
});
const forwards = (effect: string) => effect === 'allow' || effect === 'annotate';

describe('a decision', () => {
  it('does not depend on where the rules are that do not match', () => {
    fc.assert(
      fc.property(fc.array(rule), context, tool, args, fc.infiniteStream(fc.nat()), (...given) => {
        const [rules, by, name, args, positions] = given;
        const call = calling(name, args);
        const { decision, trace } = explain(setOf(rules), by, call);
        const matching = rules.filter((_, index) => trace[index]?.matched);
        const others = rules.filter((_, index) => !trace[index]?.matched);
        const moved = [...matching];
        for (const other of others) {
          moved.splice((positions.next().value ?? 0) % (moved.length + 1), 0, other);
        }
        expect(decide(setOf(moved), by, call)).toEqual(decision);
        expect(decide(setOf(matching), by, call)).toEqual(decision);
      }),
    );
  });

  it('is that of the first in the file among the matching rules with the highest score', () => {
    fc.assert(
      fc.property(fc.array(rule), context, tool, args, (rules, by, name, given) => {
        const { decision, trace } = explain(setOf(rules), by, calling(name, given));
        const matching = trace.filter(({ matched }) => matched);
        const best = Math.max(...matching.map(({ specificity }) => specificity));
        const winner = matching.find(({ specificity }) => specificity === best);
        expect(decision.policyId).toBe(winner?.policyId ?? null);
      }),
    );
  });

  it('is deny without rules, whatever is called', () => {
    fc.assert(
      fc.property(context, fc.string(), fc.anything(), (by, name, given) => {
        expect(decide(setOf([]), by, calling(name, given)).effect).toBe('deny');
      }),
    );
  });

  it('is reached for any arguments', () => {
    const paths = fc.array(fc.constantFrom('__proto__', 'constructor', 'a', 'length', '0'));
    fc.assert(
      fc.property(paths, context, fc.jsonValue(), (path, by, given) => {
        const source = { id: 'r', effect: 'allow', allowed_tools: ['*'] };
        const constrained = { ...source, parameter_constraints: [{ key: path.join('.') }] };
        const { policies } = examinePolicies([constrained], compile);
        expect(['allow', 'deny']).toContain(
          decide(setOf(policies), by, calling('read', given)).effect,
        );
      }),
    );
  });
});

describe('visibility (D4)', () => {
  it('is given to whatever is callable', () => {
    fc.assert(
      fc.property(fc.array(rule), context, tool, args, (rules, by, name, given) => {
        const set = setOf(rules);
        fc.pre(forwards(decide(set, by, calling(name, given)).effect));
        expect(mayCall(set, by, name)).toBe(true);
      }),
    );
  });

  it('is the decision itself where no rule asks for arguments', () => {
    fc.assert(
      fc.property(fc.array(unconstrained), context, tool, args, (rules, by, name, given) => {
        const set = setOf(rules);
        expect(mayCall(set, by, name)).toBe(forwards(decide(set, by, calling(name, given)).effect));
      }),
    );
  });
});
