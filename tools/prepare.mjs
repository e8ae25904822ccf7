// Makes a fresh clone ready to run: installs what the lockfile names and builds, each only when something changed.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const installedMark = join(root, 'node_modules/.arbiter-installed');
const builtMark = join(root, 'dist/.arbiter-built');

const SOURCES = ['apps', 'libs', 'migrations', 'bench', 'demo', 'test/support', 'test/crash'];
const BUILD_INPUTS = ['package-lock.json', 'nest-cli.json', 'tsconfig.json', 'tsconfig.build.json'];
const OLDEST_NODE = [20, 19];

const run = (what, command, args) => {
  process.stderr.write(`${what} …\n`);
  const { status } = spawnSync(command, args, { cwd: root, stdio: ['ignore', 2, 2] });
  if (status !== 0) {
    process.stderr.write(`\n'${command} ${args.join(' ')}' failed. ${HINT}\n`);
    process.exit(1);
  }
};

const HINT =
  'Installing needs the npm registry and, where sqlite3 has no ready binary, python3, make and a C++ compiler.';

const filesIn = (path) =>
  statSync(path).isDirectory()
    ? readdirSync(path)
        .sort()
        .flatMap((name) => filesIn(join(path, name)))
    : [path];

/** Of contents, not of times: a checkout gives files new times without changing them. */
const digestOf = (paths) => {
  const hash = createHash('sha256').update(
    `${process.version} ${process.platform} ${process.arch}`,
  );
  for (const path of paths
    .map((name) => join(root, name))
    .filter(existsSync)
    .flatMap(filesIn))
    hash.update(path.slice(root.length)).update(readFileSync(path));
  return hash.digest('hex');
};

const isMarked = (mark, digest) => existsSync(mark) && readFileSync(mark, 'utf8') === digest;

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor < OLDEST_NODE[1])) {
  process.stderr.write(
    `Arbiter needs Node ${OLDEST_NODE.join('.')} or later; this is ${process.version}.\n`,
  );
  process.exit(1);
}

const lock = digestOf(['package-lock.json']);
if (!isMarked(installedMark, lock)) {
  run('Installing packages (a minute or two on a new machine)', 'npm', [
    'ci',
    '--no-progress',
    '--loglevel=error',
  ]);
  writeFileSync(installedMark, lock);
}

const sources = digestOf([...BUILD_INPUTS, ...SOURCES]);
if (!isMarked(builtMark, sources)) {
  run('Building', 'npm', ['run', '--silent', 'build']);
  mkdirSync(dirname(builtMark), { recursive: true });
  writeFileSync(builtMark, sources);
}
