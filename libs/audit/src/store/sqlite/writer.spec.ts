import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DataSource } from 'typeorm';
import { Writer } from './writer';

const PAGE_BYTES = 4096;
const TOO_MUCH = 64 * PAGE_BYTES;

/** A full disk, as SQLite sees it: no page can be added to the file. */
const fill = async (source: DataSource): Promise<void> => {
  const [{ page_count: pages } = { page_count: 0 }] =
    await source.query<{ page_count: number }[]>('PRAGMA page_count');
  await source.query(`PRAGMA max_page_count = ${pages}`);
};

const free = (source: DataSource) => source.query('PRAGMA max_page_count = 1000000');

describe('Writer', () => {
  let directory: string;
  let source: DataSource;
  let observer: DataSource;
  let writer: Writer;

  const connect = () =>
    new DataSource({
      type: 'sqlite',
      database: join(directory, 'test.db'),
      enableWAL: true,
    }).initialize();
  const seen = async () =>
    (await observer.query<{ id: number }[]>('SELECT id FROM notes ORDER BY id')).map(
      ({ id }) => id,
    );
  const note = (id: number, bytes = 1) =>
    source.query('INSERT INTO notes VALUES (?, randomblob(?))', [id, bytes]);

  beforeEach(async () => {
    directory = mkdtempSync(join(tmpdir(), 'arbiter-writer-'));
    source = await connect();
    observer = await connect();
    await source.query('CREATE TABLE notes (id INTEGER PRIMARY KEY, body BLOB NOT NULL)');
    writer = new Writer(source);
  });
  afterEach(async () => {
    await source.destroy();
    await observer.destroy();
    rmSync(directory, { recursive: true });
  });

  it('commits what a transaction did, and nothing of one that threw', async () => {
    await writer.transaction(() => note(1));
    const failed = writer.transaction(async () => {
      await note(2);
      throw new Error('no');
    });
    await expect(failed).rejects.toThrow('no');
    expect(await seen()).toEqual([1]);
  });

  it('gives transactions turns, so that one that rolls back takes nobody along', async () => {
    const outcomes = await Promise.allSettled([
      writer.transaction(() => note(1)),
      writer.transaction(async () => {
        await note(2);
        throw new Error('no');
      }),
      writer.alone(() => note(3)),
      writer.transaction(() => note(4)),
    ]);
    expect(outcomes.map(({ status }) => status)).toEqual([
      'fulfilled',
      'rejected',
      'fulfilled',
      'fulfilled',
    ]);
    expect(await seen()).toEqual([1, 3, 4]);
  });

  // SQLite rolls a transaction back by itself when it cannot grow; TypeORM believes it still open.
  it.each([1, 2, 3])('commits for good after %d transactions on a full disk', async (failures) => {
    await fill(source);
    for (let n = 0; n < failures; n += 1)
      await expect(writer.transaction(() => note(1, TOO_MUCH))).rejects.toMatchObject({
        code: 'SQLITE_FULL',
      });
    await free(source);
    const refused = writer.transaction(async () => {
      await note(2);
      await note(2);
    });
    await expect(refused).rejects.toMatchObject({ code: 'SQLITE_CONSTRAINT' });
    await writer.transaction(() => note(3));
    await writer.alone(() => note(4));
    expect(await seen()).toEqual([3, 4]);
  });
});
