import { join } from 'node:path';
import { Findings } from './findings';
import { type Environment } from './resolve-settings';
import { Secret } from './secret';
import { baseUrl } from './setting.kinds';
import { API_KEY_FILE, databaseIn, readStateSecret, stateDirOf } from './state-directory';

/** What the control command starts from; its own flags override it. */
export interface CtlSettings {
  readonly apiUrl: string;
  /** Nothing when nobody has set one and no server has generated one: commands that work offline do not need it. */
  readonly apiKey: Secret | undefined;
  readonly stateDir: string | undefined;
  readonly databasePath: string | undefined;
  readonly warnings: readonly string[];
}

const DEFAULT_API_URL = 'http://127.0.0.1:3000';

/** Reads variables and the state directory (§2.2, §2.4). Throws a `ConfigurationError` when the URL is none. */
export const loadCtlSettings = (env: Environment, home: string): CtlSettings => {
  const findings = new Findings();
  const stateDir = stateDirOf(home, '.');
  const apiUrl = apiUrlIn(env, findings);
  findings.throwIfAny();
  const apiKey = keyIn(env) ?? keyInFile(stateDir, findings);
  return Object.freeze({
    apiUrl,
    apiKey,
    stateDir,
    databasePath: stateDir === undefined ? undefined : databaseIn(stateDir),
    // A key that cannot be read is no reason to refuse a command that needs none.
    warnings: Object.freeze([...findings.warnings, ...findings.problems]),
  });
};

const given = (env: Environment, name: string): string | undefined => {
  const text = env[name] ?? '';
  return text.trim() === '' ? undefined : text;
};

const apiUrlIn = (env: Environment, findings: Findings): string => {
  const url = baseUrl.schema.safeParse(given(env, 'ARBITER_API_URL') ?? DEFAULT_API_URL);
  if (url.success) return url.data;
  findings.problem(`ARBITER_API_URL: expected ${baseUrl.expects}`);
  return DEFAULT_API_URL;
};

const keyIn = (env: Environment): Secret | undefined => {
  const key = given(env, 'ARBITER_API_KEY') ?? given(env, 'ARBITER_ADMIN_API_KEY');
  return key === undefined ? undefined : new Secret(key);
};

const keyInFile = (stateDir: string | undefined, findings: Findings): Secret | undefined =>
  stateDir === undefined ? undefined : readStateSecret(join(stateDir, API_KEY_FILE), findings);
