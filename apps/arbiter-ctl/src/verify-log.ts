import { verifyDatabase, type Verification } from '@arbiter/audit';
import { openReadOnly } from '@arbiter/infra';
import { statSync } from 'node:fs';
import { Failure } from './failure';
import { printable } from './output';

/** The log could be read to its end, and this is what it turned out to be. */
export interface Verified extends Verification {
  readonly kind: 'verified';
  /** What SQLite has found in the file; nothing when it was not asked. */
  readonly integrity: readonly string[] | undefined;
}

/** Reading failed on the way: neither is the log sound nor is its first bad event known. */
export interface Unreadable {
  readonly kind: 'unreadable';
  readonly problem: string;
  /** Everything up to here was read and is what its hashes commit to. */
  readonly lastGoodPosition: number;
}

export interface VerifyOptions {
  /** Also reads what the log does not refer to: free pages and indexes. */
  readonly deep: boolean;
  readonly progress: (events: number) => void;
}

type Source = Awaited<ReturnType<typeof openReadOnly>>;

/** Verifies the log in a database, reading only. Throws a `Failure` when there is no such file. */
export const verifyLog = async (
  database: string,
  { deep, progress }: VerifyOptions,
): Promise<Verified | Unreadable> => {
  requireFile(database);
  let lastGoodPosition = 0;
  const unreadable = (error: unknown): Unreadable => ({
    kind: 'unreadable',
    problem: problemOf(error),
    lastGoodPosition,
  });
  let source: Source;
  try {
    source = await openReadOnly(database);
  } catch (error) {
    return unreadable(error);
  }
  try {
    const verification = await verifyDatabase(source, (events) => {
      // The verified part of a log is gapless, so that counting it says where it ends.
      lastGoodPosition = events;
      progress(events);
    });
    const integrity = deep ? await integrityOf(source) : undefined;
    return { kind: 'verified', ...verification, integrity };
  } catch (error) {
    return unreadable(error);
  } finally {
    await source.destroy();
  }
};

export const isSound = ({ finding, integrity }: Verified): boolean =>
  finding === undefined && (integrity === undefined || integrity.length === 0);

/** Opening a path that is no file would create it, or wait for somebody to write into a pipe. */
const requireFile = (database: string): void => {
  const found = statSync(database, { throwIfNoEntry: false });
  if (found === undefined)
    throw new Failure(`there is no database ${printable(database)}: name one with --database`);
  if (!found.isFile()) throw new Failure(`${printable(database)} is not a file`);
};

const SOUND = 'ok';

const integrityOf = async (source: Source): Promise<readonly string[]> => {
  const rows = await source.query<{ readonly integrity_check: string }[]>('PRAGMA integrity_check');
  return rows.map((row) => row.integrity_check).filter((finding) => finding !== SOUND);
};

const MEANINGS: Readonly<Record<string, string>> = {
  SQLITE_NOTADB: 'the file is not a database',
  SQLITE_CORRUPT: 'the file is damaged',
  SQLITE_CANTOPEN:
    'the file cannot be opened; one with a -wal file beside it needs a directory that can be written',
  SQLITE_READONLY:
    'its -wal file cannot be read from here; copy both files into a directory that can be written',
  SQLITE_BUSY: 'the database is locked',
  SQLITE_IOERR: 'the disk cannot be read',
};

const problemOf = (error: unknown): string => {
  const { code = '', message } = error as { readonly code?: string; readonly message: string };
  const detail = printable(message);
  if (message.includes('no such table')) return `it is not an Arbiter event log (${detail})`;
  const meaning = MEANINGS[code];
  return meaning === undefined ? detail : `${meaning} (${detail})`;
};
