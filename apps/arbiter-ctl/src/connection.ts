import { InvalidArgumentError, type Command } from 'commander';
import type { AdminApi } from './admin-api';
import { Failure } from './failure';
import { complain, printable } from './output';

interface GlobalOptions {
  readonly apiUrl?: string;
  readonly apiKey?: string;
}

/** What the command starts from; its flags win over variables and files (§2.2, §2.4). */
export interface Settings {
  readonly apiUrl: string;
  readonly apiKey: string | undefined;
  readonly stateDir: string | undefined;
  readonly databasePath: string | undefined;
}

export const settingsOf = async (command: Command): Promise<Settings> => {
  const { loadCtlSettings, processInputs } = await import('./environment.js');
  const { apiUrl, apiKey } = command.optsWithGlobals<GlobalOptions>();
  const { env, home } = processInputs();
  const overridden = apiUrl === undefined ? env : { ...env, ARBITER_API_URL: apiUrl };
  const settings = loadCtlSettings(overridden, home);
  for (const warning of settings.warnings) complain(`warning: ${printable(warning)}`);
  return { ...settings, apiKey: apiKey ?? settings.apiKey?.reveal() };
};

/** The control plane that the options, the environment or the state directory lead to. */
export const connect = async (command: Command): Promise<AdminApi> => {
  const { apiUrl, apiKey, stateDir } = await settingsOf(command);
  if (apiKey === undefined) throw keyUnknown(stateDir);
  if (isExposed(apiUrl))
    complain(
      `warning: ${apiUrl} is not encrypted, and everybody on the way can read the admin key`,
    );
  const { AdminApi: Api } = await import('./admin-api.js');
  return new Api(apiUrl, apiKey);
};

const keyUnknown = (stateDir: string | undefined): Failure => {
  const place =
    stateDir === undefined ? '' : `, or start a server, which generates one in ${stateDir}`;
  return new Failure(`no admin key is known: set ARBITER_API_KEY or --api-key${place}`);
};

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/;

const isExposed = (apiUrl: string): boolean => {
  const { protocol, hostname } = new URL(apiUrl);
  return protocol === 'http:' && !LOOPBACK.test(hostname);
};

/** For an option whose value is a base URL. */
export const httpUrl = (text: string): string => {
  if (/^https?:\/\//i.test(text) && URL.canParse(text)) return text.replace(/\/+$/, '');
  throw new InvalidArgumentError('It has to be an absolute http or https URL.');
};
