import { storeLocked } from '@arbiter/domain';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { StoreLock } from './store-lock';

describe('StoreLock', () => {
  let directory: string;
  let path: string;

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'arbiter-lock-'));
    path = join(directory, 'arbiter.db');
  });
  afterEach(() => {
    rmSync(directory, { recursive: true });
  });

  it('is held by one at a time, and says which store it is about', async () => {
    const lock = await StoreLock.acquire(path);
    for (let attempt = 0; attempt < 2; attempt += 1)
      await expect(StoreLock.acquire(path)).rejects.toMatchObject({
        code: storeLocked.code,
        details: { path },
      });
    await lock.release();
    await (await StoreLock.acquire(path)).release();
  });

  it('leaves other stores alone', async () => {
    const one = await StoreLock.acquire(path);
    const other = await StoreLock.acquire(join(directory, 'other.db'));
    await one.release();
    // Letting go of one lets go of nothing else.
    await expect(StoreLock.acquire(join(directory, 'other.db'))).rejects.toMatchObject({
      code: storeLocked.code,
    });
    await other.release();
  });

  it('does not take an unusable directory for somebody else who holds it', async () => {
    const nowhere = join(directory, 'missing', 'arbiter.db');
    await expect(StoreLock.acquire(nowhere)).rejects.toMatchObject({ code: 'SQLITE_CANTOPEN' });
  });
});
