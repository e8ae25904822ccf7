import { execFileSync } from 'node:child_process';
import {
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  rmSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const MOUNT = 'mount';
const UNMOUNT = 'umount';
const SIZE_BYTES = 12 * 1024 * 1024;
const CHUNK_BYTES = [64 * 1024, 4 * 1024] as const;

/** A file system of its own that is small enough to fill. Mounting it takes root. */
export class SmallDisk {
  /** A directory on it. */
  readonly home: string;
  private readonly filler: string;

  private constructor(private readonly root: string) {
    this.home = join(root, 'home');
    this.filler = join(root, 'filler');
    mkdirSync(this.home);
  }

  /** Undefined where it is not permitted. */
  static mount(): SmallDisk | undefined {
    const root = mkdtempSync(join(tmpdir(), 'arbiter-disk-'));
    try {
      const options = ['-t', 'tmpfs', '-o', `size=${SIZE_BYTES}`, 'tmpfs', root];
      execFileSync(MOUNT, options, { stdio: 'ignore' });
      return new SmallDisk(root);
    } catch {
      rmSync(root, { recursive: true });
      return undefined;
    }
  }

  /** Takes all the space that is left. */
  fill(): void {
    const file = openSync(this.filler, 'a');
    // The last free bytes are fewer than a large chunk.
    for (const size of CHUNK_BYTES) while (hasWritten(file, size));
    closeSync(file);
  }

  free(): void {
    unlinkSync(this.filler);
  }

  unmount(): void {
    execFileSync(UNMOUNT, [this.root]);
    rmSync(this.root, { recursive: true });
  }
}

const hasWritten = (file: number, size: number): boolean => {
  try {
    return writeSync(file, Buffer.alloc(size)) === size;
  } catch (error) {
    if ((error as { readonly code?: string }).code === 'ENOSPC') return false;
    throw error;
  }
};
