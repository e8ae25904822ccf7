import { loadConfig, type ConfigInputs } from '@arbiter/infra';
import { dirname, resolve } from 'node:path';
import { fail, pass, type Diagnosis } from './check';

/** What a server started here would use, as far as the other checks want to know. */
export interface EffectiveConfig {
  readonly policyFile: string | undefined;
  readonly policies: unknown;
  /** Undefined when nothing is kept. */
  readonly database: string | undefined;
  readonly gatewayUrl: string | undefined;
}

export interface ConfigurationCheck {
  readonly diagnosis: Diagnosis;
  readonly config: EffectiveConfig | undefined;
}

const SUBJECT = 'configuration';

/** Reads it as the server would, but creates nothing. `file` is looked at from its own directory (§2.4). */
export const checkConfiguration = (
  file: string | undefined,
  inputs: ConfigInputs,
): ConfigurationCheck => {
  try {
    const printed = printedConfig(file, inputs);
    const warnings = printed.split('\n').filter((line) => line.startsWith('# warning: ')).length;
    const detail = `${file ?? 'as a server started here would read it'}; ${warnings} warning(s)`;
    return { diagnosis: pass(SUBJECT, detail), config: effectiveIn(printed) };
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return { diagnosis: fail(SUBJECT, error.message), config: undefined };
  }
};

const printedConfig = (file: string | undefined, { env, cwd, home }: ConfigInputs): string => {
  const path = file === undefined ? undefined : resolve(cwd, file);
  const loaded = loadConfig({
    argv: ['--print-config', ...(path === undefined ? [] : ['--config', path])],
    env,
    cwd: path === undefined ? cwd : dirname(path),
    home,
  });
  // With this flag there is nothing else it could be.
  return loaded.kind === 'print' ? loaded.text : '';
};

const effectiveIn = (printed: string): EffectiveConfig => {
  const isKept = settingIn(printed, 'storage.backend') !== 'memory';
  return {
    policyFile: textIn(printed, 'policy.file'),
    policies: settingIn(printed, 'policy.policies') ?? [],
    database: isKept ? textIn(printed, 'storage.sqlite_path') : undefined,
    gatewayUrl: gatewayIn(printed),
  };
};

/** A line is `path = value  # origin`, and its value is JSON, in which no `  # ` follows the end. */
const settingIn = (printed: string, path: string): unknown => {
  const line = printed.split('\n').find((each) => each.startsWith(`${path} = `));
  if (line === undefined) return undefined;
  const value = line.slice(`${path} = `.length, line.lastIndexOf('  # '));
  return JSON.parse(value);
};

const textIn = (printed: string, path: string): string | undefined => {
  const value = settingIn(printed, path);
  return typeof value === 'string' ? value : undefined;
};

/** Where to reach what listens on every address. */
const NEAREST: Readonly<Record<string, string>> = { '0.0.0.0': '127.0.0.1', '::': '::1' };

const gatewayIn = (printed: string): string | undefined => {
  const address = textIn(printed, 'proxy.listen_addr');
  const port = settingIn(printed, 'proxy.listen_port');
  // The system chooses one for port 0, and only the server's log says which.
  if (address === undefined || typeof port !== 'number' || port === 0) return undefined;
  const host = NEAREST[address] ?? address;
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
};
