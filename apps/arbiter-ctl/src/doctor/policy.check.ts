import { examinePolicies, loadingErrors, type PolicyExamination } from '@arbiter/domain';
import { examinePolicyToml, re2RegexCompiler } from '@arbiter/infra';
import { readFileSync } from 'node:fs';
import { fail, pass, skip, type Diagnosis } from './check';
import type { EffectiveConfig } from './configuration.check';

const SUBJECT = 'policies';

/** Loads them as a server would at its start. */
export const checkPolicies = (config: EffectiveConfig | undefined): Diagnosis => {
  if (config === undefined) return skip(SUBJECT, 'there is no usable configuration');
  const { policyFile, policies } = config;
  const source = policyFile ?? 'the configuration itself';
  const examination =
    policyFile === undefined
      ? examinePolicies(policies, re2RegexCompiler)
      : examinePolicyToml(readFileSync(policyFile, 'utf8'));
  return judged(examination, source);
};

const judged = (examination: PolicyExamination, source: string): Diagnosis => {
  const [error] = loadingErrors(examination);
  if (error !== undefined) {
    const where = error.policyId === null ? source : `${source}, policy ${error.policyId}`;
    return fail(SUBJECT, `${where}: ${error.message}`);
  }
  const count = examination.policies.length;
  const effect = count === 0 ? ': every tool call is denied' : '';
  return pass(SUBJECT, `${count} from ${source}${effect}`);
};
