import { checkSettings } from './checks';
import { parseCommandLine, type Print } from './command-line';
import { type ArbiterConfig } from './config';
import { readConfigFile } from './config-file';
import { located, withStateFiles } from './effective';
import { establish } from './establish';
import { Findings } from './findings';
import { judgeKeys } from './judge-keys';
import { printConfig } from './print-config';
import { type Environment, type Origins, resolveSettings } from './resolve-settings';
import { stateDirOf } from './state-directory';

export interface ConfigInputs {
  /** Without the interpreter and the script. */
  readonly argv: readonly string[];
  readonly env: Environment;
  readonly cwd: string;
  /** Empty when nobody knows it. */
  readonly home: string;
}

export interface Run {
  readonly kind: 'run';
  readonly config: ArbiterConfig;
  /** The file that was read, as it was named. */
  readonly configFile: string | undefined;
  /** Worth telling the operator at every start. */
  readonly warnings: readonly string[];
  /** What this start has created, without the secrets themselves. */
  readonly announcements: readonly string[];
  readonly origins: Origins;
}

export type LoadedConfig = Run | Print;

/**
 * Reads flags, variables, the file and the state directory once. Throws a `ConfigurationError` with every bad setting;
 * secrets that are missing are generated only when nothing else is wrong.
 */
export const loadConfig = (inputs: ConfigInputs): LoadedConfig => {
  const { argv, env, cwd, home } = inputs;
  const line = parseCommandLine(argv);
  if (line.kind === 'print') return line;

  const findings = new Findings();
  const stateDir = stateDirOf(home, cwd);
  const file = readConfigFile(line.config ?? nonBlank(env['ARBITER_CONFIG']), cwd, findings);
  const { values, origins, failed } = resolveSettings({ flags: line.flags, env, file }, findings);
  if (file !== undefined) judgeKeys(file, line.strictConfig, findings);
  const effective = withStateFiles(located({ values, origins }, cwd, stateDir), stateDir, findings);
  checkSettings({ values: effective.values, failed, env }, findings);
  findings.throwIfAny();

  const { warnings } = findings;
  if (line.printConfig) {
    return { kind: 'print', text: printConfig({ ...effective, warnings }), exitCode: 0 };
  }
  const established = establish(effective, stateDir);
  return frozen({ kind: 'run', ...established, configFile: file?.name, warnings });
};

const nonBlank = (text: string | undefined): string | undefined =>
  text === undefined || text.trim() === '' ? undefined : text;

/** The file is nested no deeper than its reader allows, so this may recurse. */
const frozen = <T>(value: T): T => {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  Object.values(value).forEach(frozen);
  return Object.freeze(value);
};
