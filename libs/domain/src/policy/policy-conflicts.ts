import { policyWarning, type PolicyDiagnostic } from './policy-diagnostic';
import { POLICY_EFFECTS, type PolicyEffect, type PolicyRule } from './policy-rule';
import { isAboutEveryTool, scoreOf } from './policy-score';

/**
 * Warns of rules that another rule with a different effect and a common tool outranks (§3.6), or
 * ties with, so that only the order in the file decides (§5.3, A30). At most one of each per rule.
 */
export const conflictWarnings = (policies: readonly PolicyRule[]): readonly PolicyDiagnostic[] => {
  const warnings: PolicyDiagnostic[] = [];
  const outranking = new Overlaps();
  for (const [score, tied] of byDescendingScore(policies)) {
    const earlier = new Overlaps();
    for (const rule of tied) {
      const shadow = outranking.opposing(rule);
      if (shadow) warnings.push(shadowed(rule, shadow));
      const rival = earlier.opposing(rule);
      if (rival) warnings.push(decidedByOrder(rule, rival, score));
      earlier.add(rule);
    }
    for (const rule of tied) outranking.add(rule);
  }
  return warnings;
};

const shadowed = (rule: PolicyRule, by: PolicyRule): PolicyDiagnostic =>
  policyWarning(
    rule.id,
    `shadowed by "${by.id}" (${by.effect}, score ${scoreOf(by)} over ${scoreOf(rule)}), ` +
      'whose tools overlap',
  );

const decidedByOrder = (rule: PolicyRule, rival: PolicyRule, score: number): PolicyDiagnostic =>
  policyWarning(
    rule.id,
    `ties with "${rival.id}" (${rival.effect}, score ${score}), whose tools overlap: ` +
      'the one that is earlier in the file wins; give one a priority',
  );

const byDescendingScore = (
  policies: readonly PolicyRule[],
): readonly (readonly [number, readonly PolicyRule[]])[] => {
  const groups = new Map<number, PolicyRule[]>();
  for (const rule of policies) {
    const score = scoreOf(rule);
    const group = groups.get(score);
    if (group) group.push(rule);
    else groups.set(score, [rule]);
  }
  return [...groups].sort(([a], [b]) => b - a);
};

/** Finds a rule about a common tool without comparing every pair, which 2 MiB of rules cannot afford. */
class Overlaps {
  private readonly first = new Map<PolicyEffect, PolicyRule>();
  private readonly blanket = new Map<PolicyEffect, PolicyRule>();
  private readonly byTool = new Map<PolicyEffect, Map<string, PolicyRule>>(
    POLICY_EFFECTS.map((effect) => [effect, new Map()]),
  );

  add(rule: PolicyRule): void {
    const { effect } = rule;
    putFirst(this.first, effect, rule);
    if (isAboutEveryTool(rule)) putFirst(this.blanket, effect, rule);
    const tools = this.byTool.get(effect);
    for (const tool of rule.allowedTools) if (tools) putFirst(tools, tool.toLowerCase(), rule);
  }

  opposing(rule: PolicyRule): PolicyRule | undefined {
    return POLICY_EFFECTS.filter((effect) => effect !== rule.effect)
      .map((effect) => this.overlapping(rule, effect))
      .find((found) => found !== undefined);
  }

  private overlapping(rule: PolicyRule, effect: PolicyEffect): PolicyRule | undefined {
    if (isAboutEveryTool(rule)) return this.first.get(effect);
    const tools = this.byTool.get(effect);
    const shared = rule.allowedTools.find((tool) => tools?.has(tool.toLowerCase()));
    return shared === undefined ? this.blanket.get(effect) : tools?.get(shared.toLowerCase());
  }
}

const putFirst = <K>(rules: Map<K, PolicyRule>, key: K, rule: PolicyRule): void => {
  if (!rules.has(key)) rules.set(key, rule);
};
