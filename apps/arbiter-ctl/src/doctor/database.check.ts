import { openReadOnly } from '@arbiter/infra';
import { statSync } from 'node:fs';
import { dirname } from 'node:path';
import { fail, pass, skip, type Diagnosis } from './check';

const SUBJECT = 'database';
const OTHERS = 0o077;

interface Head {
  readonly position: number;
  readonly hash: string;
}

type Source = Awaited<ReturnType<typeof openReadOnly>>;

const EMPTY: Head = { position: 0, hash: '' };

/** The end of the log and who can read it; `audit verify` is for the whole of it. */
export const checkDatabase = async (
  named: string | undefined,
  configured: string | undefined,
): Promise<Diagnosis> => {
  const path = named ?? configured;
  if (path === undefined) return skip(SUBJECT, 'the configuration keeps nothing on disk');
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined) {
    const judge = named === undefined ? skip : fail;
    return judge(SUBJECT, `${path} does not exist`);
  }
  if (!found.isFile()) return fail(SUBJECT, `${path} is not a file`);
  if ((found.mode & statSync(dirname(path)).mode & OTHERS) !== 0)
    return fail(SUBJECT, `${path} can be read by other users: chmod 600 it`);
  return checkHead(path);
};

const checkHead = async (path: string): Promise<Diagnosis> => {
  const source = await openReadOnly(path);
  try {
    const last = await headIn(source, 'events ORDER BY position DESC LIMIT 1');
    const recorded = await headIn(source, 'log_head');
    if (last.position !== recorded.position || last.hash !== recorded.hash)
      return fail(SUBJECT, `${path} was changed: run \`arbiter-ctl audit verify\``);
    return pass(SUBJECT, `${path}, ${last.position} event(s)`);
  } finally {
    await source.destroy();
  }
};

const headIn = async (source: Source, table: string): Promise<Head> => {
  const [head = EMPTY] = await source.query<Head[]>(`SELECT position, hash FROM ${table}`);
  return head;
};
