import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

export interface ChildServer {
  readonly child: ChildProcess;
  readonly url: string;
}

/** Starts a server of this folder in a process of its own; it ends with this one, however that ends. */
export const startChildServer = async (
  name: 'upstream' | 'bare-proxy',
  args: readonly string[] = [],
): Promise<ChildServer> => {
  const child = fork(join(__dirname, `${name}.process.js`), args);
  const failed = once(child, 'exit').then(() => {
    throw new Error(`The ${name} did not start.`);
  });
  failed.catch(() => undefined);
  const [message] = (await Promise.race([once(child, 'message'), failed])) as [{ port: number }];
  return { child, url: `http://127.0.0.1:${message.port}` };
};

export const endChildServer = ({ child }: ChildServer): void => {
  child.kill('SIGKILL');
};
