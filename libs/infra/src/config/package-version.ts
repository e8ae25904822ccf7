import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const manifestAbove = (folder: string): string | undefined => {
  const manifest = join(folder, 'package.json');
  if (existsSync(manifest)) return manifest;
  const parent = dirname(folder);
  return parent === folder ? undefined : manifestAbove(parent);
};

/** The version of the package this file is part of, built or not. */
export const packageVersion = (): string => {
  const manifest = manifestAbove(__dirname);
  if (manifest === undefined) return '0.0.0';
  return (JSON.parse(readFileSync(manifest, 'utf8')) as { readonly version: string }).version;
};
