import { adminSecrets } from './admin-secrets';
import { type Origins } from './resolve-settings';
import { Secret } from './secret';
import { keyOf, settings, type SettingValues } from './settings';

/** Not valid in a TOML file, so that a printed mask is never taken for a secret. */
const MASK = '********';

interface Effective {
  readonly values: SettingValues;
  readonly origins: Origins;
  readonly warnings: readonly string[];
}

/** One line a setting: its value, and where that came from. Nothing in it is secret. */
export const printConfig = ({ values, origins, warnings }: Effective): string => {
  const lines = Object.keys(settings).flatMap((section) => [
    '',
    ...(section === 'process' ? ['# set by flags and variables only'] : []),
    ...Object.entries(values[section as keyof SettingValues]).map(([name, value]) =>
      lineOf(`${section}.${keyOf(name)}`, value, origins),
    ),
  ]);
  return [...warnings.map((warning) => `# warning: ${warning}`), ...lines, '']
    .join('\n')
    .trimStart();
};

const lineOf = (path: string, value: unknown, origins: Origins): string => {
  const origin = origins[path]?.name ?? 'default';
  if (value === undefined) return `# ${path} is not set${fate(path)}`;
  const line = `${path} = ${rendered(value)}  # ${origin}`;
  return path.startsWith('process.') ? `# ${line}` : line;
};

const fate = (path: string): string =>
  Object.values(adminSecrets).some((each) => each.path === path)
    ? ': it is generated at the first start'
    : '';

// What JSON says of strings, numbers, booleans and arrays of them is also TOML.
const rendered = (value: unknown): string =>
  value instanceof Secret ? MASK : JSON.stringify(value);
