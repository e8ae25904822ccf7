import { spawn, type ChildProcess } from 'node:child_process';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { closeLocally, listenLocally } from './local-server';
import { StdioBridge } from './stdio-bridge';
import { within } from './waiting';

const SERVERS = join(process.cwd(), 'node_modules/@modelcontextprotocol');
const START_TIMEOUT_MS = 20_000;
const STOP_TIMEOUT_MS = 5_000;
const ATTEMPTS_MAX = 5;

/** A real MCP server; its endpoint is `<url>/mcp`. */
export interface McpUpstream {
  readonly url: string;
  close(): Promise<void>;
}

/** `server-everything`, unmodified, over its own Streamable HTTP. */
export const startEverything = async (): Promise<McpUpstream> => {
  for (let attempt = 1; attempt <= ATTEMPTS_MAX; attempt += 1) {
    const upstream = await startEverythingOn(await freePort());
    if (upstream !== undefined) return upstream;
  }
  throw new Error(`No free port for server-everything in ${ATTEMPTS_MAX} attempts.`);
};

/** `server-filesystem`, unmodified, behind a bridge of ours: it speaks stdio only. */
export const startFilesystem = (directory: string): Promise<McpUpstream> =>
  StdioBridge.start([join(SERVERS, 'server-filesystem/dist/index.js'), directory]);

/** It cannot choose a port itself, so another process may be faster: then there is no upstream. */
const startEverythingOn = async (port: number): Promise<McpUpstream | undefined> => {
  const child = spawn(
    process.execPath,
    [join(SERVERS, 'server-everything/dist/index.js'), 'streamableHttp'],
    { env: { PORT: String(port) }, stdio: ['ignore', 'ignore', 'pipe'] },
  );
  const exited = new Promise<'exited'>((resolve) => {
    child.once('exit', () => {
      resolve('exited');
    });
  });
  const outcome = await within(
    START_TIMEOUT_MS,
    Promise.race([announced(child), exited]),
    'server-everything did not start',
  );
  if (outcome === 'exited') return undefined;
  return {
    url: `http://127.0.0.1:${port}`,
    close: async () => {
      child.kill('SIGKILL');
      await within(STOP_TIMEOUT_MS, exited, 'server-everything did not stop');
    },
  };
};

const announced = ({ stderr }: ChildProcess): Promise<'listening'> =>
  new Promise((resolve) => {
    if (stderr === null) throw new Error('The process has no stderr.');
    createInterface({ input: stderr }).on('line', (line) => {
      if (line.includes('listening on port')) resolve('listening');
    });
  });

const freePort = async (): Promise<number> => {
  const server = createServer();
  const { port } = new URL(await listenLocally(server));
  await closeLocally(server);
  return Number(port);
};
