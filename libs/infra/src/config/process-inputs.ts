import { userInfo } from 'node:os';
import { argv, cwd, env } from 'node:process';
import { type ConfigInputs } from './load-config';

/** What this process was started with. Everything else is handed these values and never looks for itself. */
export const processInputs = (): ConfigInputs => ({
  argv: argv.slice(2),
  env,
  cwd: cwd(),
  home: homeIn(env['HOME']),
});

/** `$HOME`, else the passwd entry (seed 001), which a container's made-up user does not have. */
const homeIn = (home: string | undefined): string => {
  if (home !== undefined && home !== '') return home;
  try {
    return userInfo().homedir;
  } catch {
    return '';
  }
};
