import { join, resolve } from 'node:path';
import { type AdminSecret, adminSecrets } from './admin-secrets';
import { type Findings } from './findings';
import { type Origins } from './resolve-settings';
import { type SettingValues } from './settings';
import { databaseIn, readStateSecret } from './state-directory';

/** The settings and where each came from, on their way to the configuration. */
export interface Effective {
  readonly values: SettingValues;
  readonly origins: Origins;
}

/** Relative paths are relative to the working directory (§2.1); the database lives in the state directory (D2). */
export const located = (
  { values, origins }: Effective,
  cwd: string,
  stateDir: string | undefined,
): Effective => {
  const { policy, storage } = values;
  const database = stateDir === undefined ? undefined : databaseIn(stateDir);
  const file = policy.file === undefined ? undefined : resolve(cwd, policy.file);
  const sqlitePath = storage.sqlitePath === undefined ? database : resolve(cwd, storage.sqlitePath);
  return {
    values: { ...values, policy: { ...policy, file }, storage: { ...storage, sqlitePath } },
    origins,
  };
};

const secretNames = Object.keys(adminSecrets) as readonly AdminSecret[];

/** Below the configuration file and above the default (seed 001): what an earlier start, or somebody, put there. */
export const withStateFiles = (
  effective: Effective,
  stateDir: string | undefined,
  findings: Findings,
): Effective =>
  secretNames.reduce((sofar, which) => {
    if (stateDir === undefined || sofar.values.admin[which] !== undefined) return sofar;
    const name = join(stateDir, adminSecrets[which].file);
    const secret = readStateSecret(name, findings);
    if (secret === undefined) return sofar;
    return {
      values: { ...sofar.values, admin: { ...sofar.values.admin, [which]: secret } },
      origins: { ...sofar.origins, [adminSecrets[which].path]: { kind: 'state-file', name } },
    };
  }, effective);
