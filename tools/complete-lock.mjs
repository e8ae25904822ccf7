// Adds to a package-lock.json the platform-specific optional packages that the registry in use does not carry, so that
// `npm ci` accepts the lock. Name and version come from the `optionalDependencies` that ask for a package; os, cpu and
// libc are read from its name. Entries that npm wrote itself are left alone, and later installs keep the added ones.
import { readFileSync, writeFileSync } from 'node:fs';

const USAGE = `usage: node complete-lock.mjs [package-lock.json]
  Completes the lockfile in place and prints how many entries were added. Running it again adds nothing.`;

const PLATFORMS = [
  'darwin',
  'win32',
  'freebsd',
  'openbsd',
  'netbsd',
  'sunos',
  'aix',
  'android',
  'openharmony',
  'linux',
];
const ARCHITECTURES = ['ia32', 'ppc64', 's390x', 'riscv64', 'loong64', 'mips64el'];

const osOf = (name) =>
  PLATFORMS.find((os) => name.includes(os)) ?? (name.includes('windows') ? 'win32' : undefined);

const cpuOf = (name) => {
  if (/arm64|aarch64/.test(name)) return 'arm64';
  if (/arm/.test(name)) return 'arm';
  if (/x64|x86_64/.test(name)) return 'x64';
  return ARCHITECTURES.find((cpu) => name.includes(cpu));
};

/** The folders in which Node looks for what the package at `at` requires, nearest first. */
const foldersFrom = (at) => {
  const folders = [];
  for (
    let folder = at;
    folder !== '';
    folder = folder.slice(0, Math.max(folder.lastIndexOf('/node_modules/'), 0))
  )
    folders.push(`${folder}/node_modules/`);
  return [...folders, 'node_modules/'];
};

const entryFor = (name, version, { dev }) => {
  const os = osOf(name);
  const cpu = cpuOf(name);
  return {
    version,
    ...(cpu && { cpu: [cpu] }),
    ...(dev && { dev }),
    ...(os === 'linux' && { libc: [name.includes('musl') ? 'musl' : 'glibc'] }),
    optional: true,
    os: [os],
  };
};

const complete = (packages) => {
  const completed = { ...packages };
  for (const [at, parent] of Object.entries(packages))
    for (const [name, version] of Object.entries(parent.optionalDependencies ?? {})) {
      const isForOnePlatform = osOf(name) !== undefined && /^\d/.test(version);
      const found = foldersFrom(at).find((folder) => `${folder}${name}` in completed);
      if (!isForOnePlatform || completed[`${found}${name}`]?.version === version) continue;
      // The top is taken by another version: this one belongs below the package that asks for it.
      const folder = found === undefined ? 'node_modules/' : `${at}/node_modules/`;
      completed[`${folder}${name}`] = entryFor(name, version, parent);
    }
  return Object.fromEntries(Object.entries(completed).sort(([a], [b]) => (a < b ? -1 : 1)));
};

const [argument = 'package-lock.json'] = process.argv.slice(2);
if (argument === '--help' || argument === '-h') {
  console.log(USAGE);
} else {
  const lock = JSON.parse(readFileSync(argument, 'utf8'));
  const packages = complete(lock.packages);
  writeFileSync(argument, `${JSON.stringify({ ...lock, packages }, null, 2)}\n`);
  console.log(
    `${argument}: ${Object.keys(packages).length - Object.keys(lock.packages).length} entries added`,
  );
}
