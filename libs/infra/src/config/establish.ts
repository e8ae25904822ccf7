import { adminSecrets, type AdminSecret, generateSecret } from './admin-secrets';
import { type ArbiterConfig, type StorageConfig } from './config';
import { type Effective } from './effective';
import { type Origins } from './resolve-settings';
import { type Secret } from './secret';
import { type SettingValues } from './settings';
import { databaseIn, ensureStateDir } from './state-directory';

export interface Established {
  readonly config: ArbiterConfig;
  readonly announcements: readonly string[];
  readonly origins: Origins;
}

/** Completes the configuration with what this start creates: the only part that writes, and it writes at most once. */
export const establish = (
  { values, origins }: Effective,
  stateDir: string | undefined,
): Established => {
  const announcements: string[] = [];
  const obtainedFrom: Record<string, Origins[string]> = {};
  const obtain = (which: AdminSecret): Secret => {
    const given = values.admin[which];
    if (given !== undefined) return given;
    const generated = generateSecret(which, ensureStateDir(stateDir));
    announcements.push(...generated.announcements);
    obtainedFrom[adminSecrets[which].path] = generated.origin;
    return generated.secret;
  };
  const apiKey = obtain('apiKey');
  const signingSecret = obtain('signingSecret');
  const config: ArbiterConfig = {
    ...values,
    stateDir,
    storage: storageOf(values.storage, origins, stateDir),
    admin: { ...values.admin, apiKey, signingSecret },
  };
  return { config, announcements, origins: { ...origins, ...obtainedFrom } };
};

const storageOf = (
  { backend, sqlitePath, synchronous }: SettingValues['storage'],
  origins: Origins,
  stateDir: string | undefined,
): StorageConfig => {
  if (backend === 'memory') return { backend };
  // A path that was given is the store's own business; the default one needs its directory.
  if (sqlitePath === undefined || origins['storage.sqlite_path']?.kind === 'default') {
    return { backend, sqlitePath: databaseIn(ensureStateDir(stateDir)), synchronous };
  }
  return { backend, sqlitePath, synchronous };
};
