import { type CommandLine } from './command-line';
import { type ConfigFile } from './config-file';
import { type Findings } from './findings';
import { isTable, type RawTable } from './setting.kinds';
import { type FlagName, keyOf, type Setting, settings, type SettingValues } from './settings';

export type Environment = Readonly<Record<string, string | undefined>>;

/** Where a value came from; `name` is the flag, the variable or the file. */
export interface Origin {
  readonly kind: 'flag' | 'env' | 'file' | 'state-file' | 'generated' | 'default';
  readonly name: string;
}

/** By path as in the file: `proxy.listen_port`. */
export type Origins = Readonly<Record<string, Origin>>;

export interface Given {
  readonly flags: CommandLine['flags'];
  readonly env: Environment;
  readonly file: ConfigFile | undefined;
}

export interface Resolution {
  readonly values: SettingValues;
  readonly origins: Origins;
  /** Settings with a problem: the default stands in for them, and nothing else should be held against it. */
  readonly failed: ReadonlySet<string>;
}

interface Candidate {
  readonly origin: Origin;
  readonly value: unknown;
  readonly lenient: boolean;
}

const FLAGS: Readonly<Record<FlagName, string>> = {
  port: '--port',
  bind: '--bind',
  logLevel: '--log-level',
  verbose: '--verbose',
};

const DEFAULT: Origin = { kind: 'default', name: 'default' };
const QUOTED_MAX_CHARS = 60;

/** Reads every setting from every source and judges all of them, also those that are overridden. */
export const resolveSettings = (given: Given, findings: Findings): Resolution => {
  const origins: Record<string, Origin> = {};
  const failed = new Set<string>();
  const valueOf = (section: string, name: string, setting: Setting<unknown>): unknown => {
    const path = `${section}.${keyOf(name)}`;
    const accepted = candidatesFor(section, name, setting, given).flatMap((candidate) => {
      const judged = setting.schema.safeParse(candidate.value);
      if (judged.success) return [{ origin: candidate.origin, value: judged.data }];
      if (!candidate.lenient) failed.add(path);
      report(path, setting, candidate, findings);
      return [];
    });
    const [winner = { origin: DEFAULT, value: setting.fallback }] = accepted;
    origins[path] = winner.origin;
    return winner.value;
  };
  const groups = Object.entries<Readonly<Record<string, Setting<unknown>>>>(settings);
  const values = groups.map(([section, group]) => [
    section,
    Object.fromEntries(
      Object.entries(group).map(([name, each]) => [name, valueOf(section, name, each)]),
    ),
  ]);
  // Each value has just passed the schema of its setting, or is that setting's fallback.
  return { values: Object.fromEntries(values) as SettingValues, origins, failed };
};

const candidatesFor = (
  section: string,
  name: string,
  setting: Setting<unknown>,
  given: Given,
): readonly Candidate[] => [
  ...fromFlag(setting, given),
  ...fromVariable(setting, setting.env, setting.lenient ?? false, given),
  ...fromVariable(setting, setting.convention, true, given),
  ...fromFile(section, keyOf(name), given.file),
];

const fromFlag = (setting: Setting<unknown>, { flags }: Given): readonly Candidate[] => {
  if (setting.flag === undefined) return [];
  const text = flags[setting.flag];
  if (text === undefined) return [];
  const origin = { kind: 'flag', name: FLAGS[setting.flag] } as const;
  return [{ origin, value: setting.fromText(text), lenient: false }];
};

/** A blank variable counts as unset (§2.2). */
const fromVariable = (
  setting: Setting<unknown>,
  name: string | undefined,
  lenient: boolean,
  { env }: Given,
): readonly Candidate[] => {
  const text = name === undefined ? '' : (env[name] ?? '');
  if (name === undefined || text.trim() === '') return [];
  return [{ origin: { kind: 'env', name }, value: setting.fromText(text), lenient }];
};

const fromFile = (
  section: string,
  key: string,
  file: ConfigFile | undefined,
): readonly Candidate[] => {
  const value = file === undefined ? undefined : sectionOf(file.table, section)?.[key];
  if (file === undefined || value === undefined || section === 'process') return [];
  return [{ origin: { kind: 'file', name: file.name }, value, lenient: false }];
};

export const sectionOf = (table: RawTable, section: string): RawTable | undefined => {
  const value = table[section];
  return isTable(value) ? value : undefined;
};

const report = (
  path: string,
  setting: Setting<unknown>,
  { origin, value, lenient }: Candidate,
  findings: Findings,
): void => {
  const got = setting.unquoted ? kindOf(value) : quoted(value);
  const text = `${path} (${origin.name}): expected ${setting.expects}, got ${got}`;
  if (lenient) findings.warning(`${text}; it is ignored`);
  else findings.problem(text);
};

const kindOf = (value: unknown): string => {
  if (Array.isArray(value)) return 'an array';
  if (value === '') return 'an empty string';
  return isTable(value) ? 'a table' : `a ${typeof value}`;
};

/** A number may be NaN, which JSON does not know. */
const quoted = (value: unknown): string => {
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (typeof value !== 'string') return kindOf(value);
  const text = JSON.stringify(value);
  return text.length > QUOTED_MAX_CHARS ? `${text.slice(0, QUOTED_MAX_CHARS)}…` : text;
};
