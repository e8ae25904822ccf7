import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parse, TomlError } from 'smol-toml';
import { type Findings } from './findings';
import { isTable, type RawTable } from './setting.kinds';
import { codeOf } from './system-error';

const DEFAULT_FILE = 'arbiter.toml';
const FILE_MAX_BYTES = 4 * 1024 * 1024;
/** Whoever walks the tables may recurse. */
const NESTING_MAX = 64;

export interface ConfigFile {
  /** As it was named, for messages. */
  readonly name: string;
  readonly path: string;
  readonly table: RawTable;
}

// The parser appends an excerpt of the source, which may show a secret.
const firstLine = (message: string): string => message.split('\n', 1)[0] ?? '';

const reasonOf = (error: unknown): string =>
  error instanceof TomlError
    ? `line ${error.line}, column ${error.column}: ${firstLine(error.message)}`
    : codeOf(error);

const textOf = (path: string): string => {
  const file = openSync(path, 'r');
  try {
    if (fstatSync(file).size > FILE_MAX_BYTES)
      throw new Error(`is larger than ${FILE_MAX_BYTES} bytes`);
    return new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(file));
  } finally {
    closeSync(file);
  }
};

const isDeeperThan = (levels: number, value: unknown): boolean => {
  if (!isTable(value) && !Array.isArray(value)) return false;
  if (levels === 0) return true;
  return Object.values(value).some((each) => isDeeperThan(levels - 1, each));
};

const tableOf = (path: string): RawTable => {
  const table = parse(textOf(path));
  if (isDeeperThan(NESTING_MAX, table))
    throw new Error(`has tables nested more than ${NESTING_MAX} deep`);
  return table;
};

/** The file that was named, which has to exist, or `arbiter.toml`, which does not have to (D1, E1). */
export const readConfigFile = (
  named: string | undefined,
  cwd: string,
  findings: Findings,
): ConfigFile | undefined => {
  const name = named ?? DEFAULT_FILE;
  const path = resolve(cwd, name);
  try {
    return { name, path, table: tableOf(path) };
  } catch (error) {
    if (named !== undefined || codeOf(error) !== 'ENOENT')
      findings.problem(`${name}: ${reasonOf(error)}`);
    return undefined;
  }
};
