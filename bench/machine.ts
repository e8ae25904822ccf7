import { readFileSync } from 'node:fs';
import { availableParallelism, cpus, release, totalmem, type } from 'node:os';

const KIB_A_MIB = 1_024;
const BYTES_A_GIB = 1_024 ** 3;

/** What a figure depends on, and nothing that tells one machine from another of its kind. */
export const describeMachine = (): string => {
  const model = cpus()[0]?.model.trim() ?? 'unknown processor';
  const memory = Math.round(totalmem() / BYTES_A_GIB);
  const kernel = `${type()} ${release()}`;
  return `${model}, ${availableParallelism()} cores, ${memory} GiB, Node ${process.version}, ${kernel}`;
};

/** Resident memory of a process, as the kernel counts it. */
export const residentMiB = (pid: number): number => {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const kib = /^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1];
  if (kib === undefined) throw new Error('The kernel does not say how much memory is resident.');
  return Number(kib) / KIB_A_MIB;
};
