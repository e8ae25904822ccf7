import { TRUST_LEVELS } from '../kernel/values';
import { keywordOf, type Keyword } from './intent-text';
import { canFit, parameterMatcher, type ParameterMatcher } from './parameter-matcher';
import type { PolicyRule } from './policy-rule';
import { isAboutEveryTool, scoreOf } from './policy-score';
import type { RegexCompiler, RegexMatcher } from './regex-compiler';

/** What becomes of a call that a rule wins: `annotate` is a deny that only records. */
export type PolicyOutcome = 'allow' | 'deny' | 'escalate' | 'annotate';

/** A rule with everything precomputed that does not depend on the call. */
export interface CompiledPolicy {
  readonly rule: PolicyRule;
  readonly score: number;
  readonly outcome: PolicyOutcome;
  readonly anyTool: boolean;
  /** Lower case, because tools compare regardless of case; methods do not. */
  readonly tools: ReadonlySet<string>;
  readonly methods: ReadonlySet<string>;
  readonly trustRank: number;
  readonly keywords: readonly Keyword[];
  readonly regex: RegexMatcher | null;
  readonly parameters: readonly ParameterMatcher[];
  /** Whether there are arguments at all that meet the constraints. */
  readonly satisfiable: boolean;
}

export interface PolicySet {
  readonly inFileOrder: readonly CompiledPolicy[];
  /** By score, highest first, ties in file order: the first that matches wins (§5.3). */
  readonly byRank: readonly CompiledPolicy[];
}

/** Throws what the regex compiler throws; rules that were examined before do compile. */
export const compilePolicySet = (
  policies: readonly PolicyRule[],
  compileRegex: RegexCompiler,
): PolicySet => {
  const inFileOrder = policies.map((rule) => compilePolicy(rule, compileRegex));
  return { inFileOrder, byRank: [...inFileOrder].sort((a, b) => b.score - a.score) };
};

const compilePolicy = (rule: PolicyRule, compileRegex: RegexCompiler): CompiledPolicy => {
  const { allowedTools, agentMatch, intentMatch } = rule;
  const parameters = rule.parameterConstraints.map(parameterMatcher);
  return {
    rule,
    score: scoreOf(rule),
    outcome: rule.effect === 'deny' && rule.disposition === 'annotate' ? 'annotate' : rule.effect,
    anyTool: isAboutEveryTool(rule),
    tools: new Set(allowedTools.map((tool) => tool.toLowerCase())),
    methods: new Set(allowedTools),
    trustRank: agentMatch.trustLevel === null ? 0 : TRUST_LEVELS.indexOf(agentMatch.trustLevel),
    keywords: intentMatch.keywords.map(keywordOf),
    regex: intentMatch.regex === null ? null : compileRegex(intentMatch.regex),
    parameters,
    satisfiable: parameters.every(canFit),
  };
};
