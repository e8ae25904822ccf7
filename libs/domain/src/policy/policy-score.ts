import type { PolicyRule } from './policy-rule';

const SCORED_CAPABILITIES_MAX = 3;

/**
 * How specific a rule is (§5.3). Tools, resources and parameter constraints add nothing, so a rule
 * about one tool does not beat a blanket rule unless it says who or gives a priority.
 */
export const scoreOf = ({ priority, ...rule }: PolicyRule): number => {
  if (priority !== 0) return priority;
  const { agentId, trustLevel, capabilities } = rule.agentMatch;
  const { sub, groups } = rule.principalMatch;
  const { keywords, regex } = rule.intentMatch;
  return (
    worth(agentId, 100) +
    worth(trustLevel, 50) +
    25 * Math.min(capabilities.length, SCORED_CAPABILITIES_MAX) +
    worth(sub, 40) +
    20 * groups.length +
    worth(regex, 30) +
    10 * keywords.length
  );
};

const worth = (criterion: string | null, points: number): number =>
  criterion === null ? 0 : points;

/** A list without entries, or with `*` among them, is about every tool (§5.2). */
export const isAboutEveryTool = ({ allowedTools }: PolicyRule): boolean =>
  allowedTools.length === 0 || allowedTools.includes('*');
