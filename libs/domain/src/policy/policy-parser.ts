import { TRUST_LEVELS } from '../kernel/values';
import {
  POLICY_DISPOSITIONS,
  POLICY_EFFECTS,
  type ParameterConstraint,
  type PolicyRule,
} from './policy-rule';
import type { PolicyDiagnostic } from './policy-diagnostic';
import { aNumber, anAgentId, anInt32, aString, choice, isTable, strings } from './toml-kinds';
import { TomlTable, type Findings } from './toml-table';

export interface ParsedPolicy {
  /** Meaningless as soon as one of the diagnostics is an error. */
  readonly rule: PolicyRule;
  readonly diagnostics: readonly PolicyDiagnostic[];
}

const effect = choice(POLICY_EFFECTS);
const disposition = choice(POLICY_DISPOSITIONS);
const trustLevel = choice(TRUST_LEVELS);

/** One element of `[[policies]]` as a rule (§5.1). Absent keys get their defaults. */
export const parsePolicy = (source: unknown, index: number): ParsedPolicy => {
  const findings: Findings = { policyId: idOf(source), diagnostics: [] };
  const table = new TomlTable(source, `policies[${index}]`, findings);
  const rule: PolicyRule = {
    id: table.required('id', aString, ''),
    effect: table.required('effect', effect, 'deny'),
    disposition: table.optional('disposition', disposition, 'block'),
    allowedTools: table.optional('allowed_tools', strings, []),
    resourceMatch: table.optional('resource_match', strings, []),
    priority: table.optional('priority', anInt32, 0),
    agentMatch: agentMatchOf(table.child('agent_match')),
    principalMatch: principalMatchOf(table.child('principal_match')),
    intentMatch: intentMatchOf(table.child('intent_match')),
    parameterConstraints: table.children('parameter_constraints').map(constraintOf),
  };
  table.warnOfUnknownKeys();
  return { rule, diagnostics: findings.diagnostics };
};

const idOf = (source: unknown): string | null =>
  isTable(source) ? (aString.accept(source['id']) ?? null) : null;

const agentMatchOf = (table: TomlTable): PolicyRule['agentMatch'] => {
  const match = {
    agentId: table.optional('agent_id', anAgentId, null),
    trustLevel: table.optional('trust_level', trustLevel, null),
    capabilities: table.optional('capabilities', strings, []),
  };
  table.warnOfUnknownKeys();
  return match;
};

const principalMatchOf = (table: TomlTable): PolicyRule['principalMatch'] => {
  const match = {
    sub: table.optional('sub', aString, null),
    groups: table.optional('groups', strings, []),
  };
  table.warnOfUnknownKeys();
  return match;
};

const intentMatchOf = (table: TomlTable): PolicyRule['intentMatch'] => {
  const match = {
    keywords: table.optional('keywords', strings, []),
    regex: table.optional('regex', aString, null),
  };
  table.warnOfUnknownKeys();
  return match;
};

const constraintOf = (table: TomlTable): ParameterConstraint => {
  const constraint = {
    key: table.required('key', aString, ''),
    maxValue: table.optional('max_value', aNumber, null),
    minValue: table.optional('min_value', aNumber, null),
    allowedValues: table.optional('allowed_values', strings, []),
  };
  table.warnOfUnknownKeys();
  return constraint;
};
