import { loadConfig } from '@arbiter/infra';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import 'reflect-metadata';
import { Arbiter } from './src/arbiter';

const USAGE = 'usage: openapi --write FILE | --check FILE\n';

/** Writes the description of the admin API to a file, or tells whether the file is up to date. */
const main = async (): Promise<void> => {
  const [mode, file] = process.argv.slice(2);
  if (file === undefined || (mode !== '--write' && mode !== '--check')) {
    process.stderr.write(USAGE);
    process.exitCode = 2;
    return;
  }
  const text = await describe();
  if (mode === '--write') writeFileSync(file, text);
  else if (readFileSync(file, 'utf8') !== text) {
    process.stderr.write(`${file} is not what the routes say: npm run openapi\n`);
    process.exitCode = 1;
  }
};

const describe = async (): Promise<string> => {
  const home = mkdtempSync(join(tmpdir(), 'arbiter-openapi-'));
  const argv: readonly string[] = [];
  try {
    const loaded = loadConfig({ argv, env: {}, cwd: home, home });
    if (loaded.kind !== 'run')
      throw new Error('Arbiter has no configuration to be described with.');
    return `${JSON.stringify(await Arbiter.describe(loaded.config), null, 2)}\n`;
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
};

void main();
