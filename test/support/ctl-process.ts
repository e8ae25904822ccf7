import { execFile } from 'node:child_process';
import { join } from 'node:path';
import type { ArbiterProcess } from './arbiter-process';

/** The built control command, as a user runs it. */
const CTL = join(process.cwd(), 'dist/apps/arbiter-ctl/main.js');

const TIMEOUT_MS = 30_000;
const OUTPUT_MAX_BYTES = 64 * 1024 * 1024;

export interface CtlResult {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CtlOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** Runs it with nothing in the environment but what is given. Never throws for an exit code. */
export const runCtl = (
  args: readonly string[],
  { cwd, env }: CtlOptions = {},
): Promise<CtlResult> =>
  new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      [CTL, ...args],
      {
        env: { PATH: process.env['PATH'], ...env },
        timeout: TIMEOUT_MS,
        maxBuffer: OUTPUT_MAX_BYTES,
        ...(cwd !== undefined && { cwd }),
      },
      (_error, stdout, stderr) => {
        resolve({ exitCode: child.exitCode, stdout, stderr });
      },
    );
  });

/** As the user who started the server: key and database are found in the home they share. */
export const ctlOf =
  ({ home, controlUrl }: ArbiterProcess) =>
  (...args: readonly string[]): Promise<CtlResult> =>
    runCtl(args, { cwd: home, env: { HOME: home, ARBITER_API_URL: controlUrl } });
