import { utf8Length } from '../kernel/text';
import {
  policyError,
  policyRefusal,
  policyWarning,
  type PolicyDiagnostic,
} from './policy-diagnostic';
import type { PolicyRule } from './policy-rule';

const PRIORITY_MAX = 1000;
const REGEX_BYTES_MAX = 500;

/** What §5.7 asks of well-typed rules, apart from what only a regex engine can tell. */
export const definitionFindings = (
  policies: readonly PolicyRule[],
): readonly PolicyDiagnostic[] => {
  const ids = new Set<string>();
  return policies.flatMap((rule) => {
    const findings = [...findingsOf(rule)];
    if (ids.has(rule.id)) findings.push(policyError(rule.id, `duplicate policy id "${rule.id}"`));
    ids.add(rule.id);
    return findings;
  });
};

function* findingsOf({ id, effect, priority, ...rule }: PolicyRule): Iterable<PolicyDiagnostic> {
  if (priority > PRIORITY_MAX) {
    yield policyRefusal(id, `priority ${priority} is above ${PRIORITY_MAX}; this does not load`);
  }
  if (utf8Length(rule.intentMatch.regex ?? '') > REGEX_BYTES_MAX) {
    yield policyRefusal(id, `regex is longer than ${REGEX_BYTES_MAX} bytes; this does not load`);
  }
  if (rule.allowedTools.length > 0 || rule.resourceMatch.length > 0) return;
  yield effect === 'allow'
    ? policyRefusal(
        id,
        'allows everything without saying so; this does not load: write allowed_tools = ["*"]',
      )
    : policyWarning(id, `applies to every tool and resource (blanket ${effect})`);
}
