import { randomBytes } from 'node:crypto';
import {
  accessSync,
  closeSync,
  constants,
  fchmodSync,
  fstatSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join, resolve } from 'node:path';
import { ConfigurationError } from './configuration.error';
import { type Findings } from './findings';
import { Secret } from './secret';
import { codeOf } from './system-error';

export const API_KEY_FILE = 'admin_api_key';
export const SIGNING_SECRET_FILE = 'signing_secret';

const SECRET_FILE_MAX_BYTES = 4096;
const OTHERS = 0o077;
const ROOT = 0;

/** `~/.arbiter`; nothing when nobody knows a home, which only matters to whoever needs it. */
export const stateDirOf = (home: string, cwd: string): string | undefined =>
  home === '' ? undefined : join(resolve(cwd, home), '.arbiter');

export const databaseIn = (stateDir: string): string => join(stateDir, 'arbiter.db');

/** Creates the directory when it is missing; refuses to go on with one that cannot be written. */
export const ensureStateDir = (stateDir: string | undefined): string => {
  if (stateDir === undefined) throw unusable('no home directory is known');
  try {
    mkdirSync(stateDir, { recursive: true, mode: 0o700 });
    accessSync(stateDir, constants.W_OK | constants.X_OK);
    return stateDir;
  } catch (error) {
    throw unwritable(stateDir, error);
  }
};

const unwritable = (stateDir: string, error: unknown): ConfigurationError =>
  unusable(`the state directory ${stateDir} cannot be written (${codeOf(error)})`);

const unusable = (what: string): ConfigurationError =>
  new ConfigurationError([
    `${what}: set HOME to a directory that can be written, or set all of ` +
      'ARBITER_ADMIN_API_KEY, ARBITER_SIGNING_SECRET and storage.sqlite_path',
  ]);

/** Reads a secret of the state directory; nothing when there is no such file. */
export const readStateSecret = (path: string, findings: Findings): Secret | undefined => {
  try {
    // Without O_NONBLOCK a FIFO of that name would hold the start for ever.
    const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      return secretIn(file, path, findings);
    } finally {
      closeSync(file);
    }
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') findings.problem(`${path}: cannot be read (${codeOf(error)})`);
    return undefined;
  }
};

const secretIn = (file: number, path: string, findings: Findings): Secret | undefined => {
  const { size, uid, mode } = fstatSync(file);
  if (size > SECRET_FILE_MAX_BYTES) {
    findings.problem(`${path}: is larger than ${SECRET_FILE_MAX_BYTES} bytes`);
    return undefined;
  }
  // Whoever owns the file knows the secret, and root knows everything.
  if (uid !== process.geteuid?.() && uid !== ROOT) {
    findings.problem(`${path}: belongs to another user`);
    return undefined;
  }
  if ((mode & OTHERS) !== 0) hide(file, path, findings);
  const text = readFileSync(file, 'utf8').trim();
  if (text !== '') return new Secret(text);
  findings.problem(`${path}: is empty; remove it to have a new one generated`);
  return undefined;
};

const hide = (file: number, path: string, findings: Findings): void => {
  try {
    fchmodSync(file, 0o600);
    findings.warning(`${path}: could be read by other users; its mode is now 0600`);
  } catch {
    findings.warning(`${path}: can be read by other users`);
  }
};

/**
 * Writes a secret into the existing directory, under a name that does not exist yet; false when somebody else was faster. The name appears together
 * with the whole content, so processes that start at the same time end with one secret, and a crash leaves no half of one.
 */
export const createStateSecret = (stateDir: string, name: string, secret: Secret): boolean => {
  const draft = join(stateDir, `.${name}.${randomBytes(8).toString('hex')}`);
  try {
    writeDurably(draft, `${secret.reveal()}\n`);
    linkSync(draft, join(stateDir, name));
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw unwritable(stateDir, error);
  } finally {
    rmSync(draft, { force: true });
  }
};

const writeDurably = (path: string, text: string): void => {
  const file = openSync(path, 'wx', 0o600);
  try {
    writeFileSync(file, text);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
};
