import { statSync } from 'node:fs';
import { fail, pass, skip, type Diagnosis } from './check';

const SUBJECT = 'state directory';
const OTHERS = 0o077;
const PERMISSIONS = 0o777;

/** It holds the admin key and the log, so it is nobody else's business. */
export const checkStateDirectory = (path: string | undefined): Diagnosis => {
  if (path === undefined) return skip(SUBJECT, 'no home directory is known');
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined) return skip(SUBJECT, `${path} does not exist: a server creates it`);
  if (!found.isDirectory()) return fail(SUBJECT, `${path} is not a directory: move it away`);
  const mode = (found.mode & PERMISSIONS).toString(8).padStart(4, '0');
  return (found.mode & OTHERS) === 0
    ? pass(SUBJECT, `${path}, mode ${mode}`)
    : fail(SUBJECT, `${path} has mode ${mode}, so that other users can enter it: chmod 700 it`);
};
