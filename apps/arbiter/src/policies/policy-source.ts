import { examinePolicies, type PolicyExamination, type PolicySource } from '@arbiter/domain';
import { examinePolicyToml, re2RegexCompiler, type PolicyConfig } from '@arbiter/infra';
import { open } from 'node:fs/promises';
import { AdminFailure } from '../platform/errors/admin-failure';

const FILE_BYTES_MAX = 16 * 1024 * 1024;

export interface PolicyCandidate {
  readonly source: PolicySource;
  readonly examination: PolicyExamination;
}

/** The file if one is configured, else the inline rules, else none (spec §2.1). */
export const readPolicies = async ({ file, policies }: PolicyConfig): Promise<PolicyCandidate> => {
  if (file !== undefined)
    return { source: 'file', examination: examinePolicyToml(await textOf(file)) };
  const source = policies.length > 0 ? 'inline' : 'none';
  return { source, examination: examinePolicies(policies, re2RegexCompiler) };
};

const textOf = async (path: string): Promise<string> => {
  try {
    const file = await open(path, 'r');
    try {
      if ((await file.stat()).size > FILE_BYTES_MAX)
        throw new Error(`it is larger than ${FILE_BYTES_MAX} bytes`);
      return new TextDecoder('utf-8', { fatal: true }).decode(await file.readFile());
    } finally {
      await file.close();
    }
  } catch (cause) {
    // The path stays here: it is none of the caller's business (spec §3.6).
    throw new AdminFailure('the policy file cannot be read', { cause });
  }
};
