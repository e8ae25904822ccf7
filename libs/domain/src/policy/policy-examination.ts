import { conflictWarnings } from './policy-conflicts';
import { definitionFindings } from './policy-definition';
import { policyError, policyWarning, type PolicyDiagnostic } from './policy-diagnostic';
import { parsePolicy } from './policy-parser';
import type { PolicyRule } from './policy-rule';
import { policySetInvalid } from './policy-set.errors';
import type { RegexCompiler } from './regex-compiler';
import { isTable } from './toml-kinds';

/** Everything there is to say about a policy source: validating and loading both read it. */
export interface PolicyExamination {
  /** In file order; empty as soon as one key of one rule has the wrong type. */
  readonly policies: readonly PolicyRule[];
  readonly diagnostics: readonly PolicyDiagnostic[];
}

/** A whole policy file after TOML: an object whose `policies` is the array of tables. */
export const examinePolicyDocument = (
  document: unknown,
  compileRegex: RegexCompiler,
): PolicyExamination => {
  if (!isTable(document)) return unreadablePolicies('a policy file must be a table');
  const source = Object.hasOwn(document, 'policies') ? document['policies'] : [];
  const { policies, diagnostics } = examinePolicies(source, compileRegex);
  const unknown = Object.keys(document)
    .filter((key) => key !== 'policies')
    .map((key) => policyWarning(null, `${key} is unknown and ignored`));
  return { policies, diagnostics: [...unknown, ...diagnostics] };
};

/** The array of tables alone, as the main configuration holds it in `policy.policies`. */
export const examinePolicies = (
  source: unknown,
  compileRegex: RegexCompiler,
): PolicyExamination => {
  if (!Array.isArray(source)) return unreadablePolicies('policies must be an array of tables');
  const parsed = source.map(parsePolicy);
  const diagnostics = parsed.flatMap((policy) => policy.diagnostics);
  if (diagnostics.some(({ level }) => level === 'error')) return { policies: [], diagnostics };
  const policies = parsed.map(({ rule }) => rule);
  return {
    policies,
    diagnostics: [
      ...diagnostics,
      ...definitionFindings(policies),
      ...policies.flatMap((rule) => regexFindings(rule, compileRegex)),
      ...conflictWarnings(policies),
    ],
  };
};

/** For a source that is not even TOML. */
export const unreadablePolicies = (message: string): PolicyExamination => ({
  policies: [],
  diagnostics: [policyError(null, message)],
});

const regexFindings = (
  { id, intentMatch: { regex } }: PolicyRule,
  compileRegex: RegexCompiler,
): readonly PolicyDiagnostic[] => {
  if (regex === null) return [];
  try {
    compileRegex(regex);
    return [];
  } catch {
    return [policyError(id, 'intent_match.regex does not compile (RE2 syntax)')];
  }
};

/** What `POST /policy/validate` answers: lenient where loading is not (§3.6). */
export interface PolicyValidation {
  readonly valid: boolean;
  readonly policyCount: number;
  readonly diagnostics: readonly PolicyDiagnostic[];
}

export const validationOf = ({ policies, diagnostics }: PolicyExamination): PolicyValidation => ({
  valid: diagnostics.every(({ level }) => level !== 'error'),
  policyCount: policies.length,
  diagnostics,
});

/** What keeps the set from being loaded (§5.7), for whoever has to report it. */
export const loadingErrors = ({ diagnostics }: PolicyExamination): readonly PolicyDiagnostic[] =>
  diagnostics.filter(({ refusesLoading }) => refusesLoading);

/** The policies, or `policy-set.invalid`; the details count the problems and do not quote the file. */
export const requireLoadable = (examination: PolicyExamination): readonly PolicyRule[] => {
  const problems = loadingErrors(examination).length;
  if (problems > 0) throw policySetInvalid({ problems });
  return examination.policies;
};
