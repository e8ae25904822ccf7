import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { eventually, within } from './waiting';

/** The built server, as a user starts it. */
export const SERVER = join(process.cwd(), 'dist/apps/arbiter/main.js');

const START_TIMEOUT_MS = 30_000;
const STOP_TIMEOUT_MS = 40_000;
const LINES_KEPT_MAX = 2_000;

export interface LaunchOptions {
  /** Text of `arbiter.toml`; ports are ephemeral unless it names them. Null is no file at all. */
  readonly toml?: string | null;
  readonly env?: Readonly<Record<string, string>>;
  readonly args?: readonly string[];
  /** State of an earlier process to go on with; a fresh directory when absent. */
  readonly home?: string;
}

interface LogLine {
  readonly event?: string;
  readonly plane?: string;
  readonly url?: string;
}

/** A server process of its own, with its own home directory, on ports of its own. */
export class ArbiterProcess {
  private constructor(
    readonly child: ChildProcess,
    readonly home: string,
    private readonly urls: ListenerUrls,
    /** The last lines it wrote to stderr. */
    readonly lines: readonly string[],
  ) {}

  /** Throws with what the process wrote when it does not come up. */
  static async start(options: LaunchOptions = {}): Promise<ArbiterProcess> {
    const home = options.home ?? mkdtempSync(join(tmpdir(), 'arbiter-home-'));
    const child = launch(home, options);
    const lines: string[] = [];
    try {
      return new ArbiterProcess(child, home, await listening(child, lines), lines);
    } catch (error) {
      if (options.home === undefined) rmSync(home, { recursive: true, force: true });
      throw error;
    }
  }

  get dataUrl(): string {
    return this.urls.data;
  }

  get controlUrl(): string {
    return this.urls.control;
  }

  get adminKey(): string {
    return readFileSync(join(this.home, '.arbiter/admin_api_key'), 'utf8').trim();
  }

  get database(): string {
    return join(this.home, '.arbiter/arbiter.db');
  }

  /** Calls the admin API with the admin key; never throws for a status. */
  async admin(method: string, path: string, body?: unknown): Promise<AdminAnswer> {
    const response = await fetch(`${this.controlUrl}${path}`, {
      method,
      headers: {
        'x-api-key': this.adminKey,
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return {
      status: response.status,
      body: text === '' ? {} : (JSON.parse(text) as AdminAnswer['body']),
    };
  }

  /** A signal and a clean end; returns the exit code. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
    this.child.kill(signal);
    return this.exited();
  }

  /** The exit code, once it has ended. */
  exited(): Promise<number | null> {
    return within(STOP_TIMEOUT_MS, exitOf(this.child), 'arbiter did not stop');
  }

  /** Resolves when it has logged that event. */
  logged(event: string): Promise<string> {
    const isIt = (line: string): boolean => parsed(line).event === event;
    return eventually(`arbiter logs ${event}`, () => this.lines.find(isIt));
  }

  /** As a power cut would: no handler of the process runs. */
  async kill(): Promise<void> {
    this.child.kill('SIGKILL');
    await within(STOP_TIMEOUT_MS, exitOf(this.child), 'arbiter did not die');
  }

  /** Ends it if it still runs and removes its home. */
  async dispose(): Promise<void> {
    if (this.child.exitCode === null && this.child.signalCode === null) await this.kill();
    rmSync(this.home, { recursive: true, force: true });
  }
}

export interface AdminAnswer {
  readonly status: number;
  readonly body: Record<string, unknown> & { readonly error?: string };
}

/** Everything is as on a machine where nothing else is configured; its output can be read. */
const launch = (home: string, options: LaunchOptions): ChildProcess => {
  const { toml = '', args = [], env = {} } = options;
  const inputs = toml === null ? WITHOUT_FILE : withFile(join(home, 'arbiter.toml'), toml);
  return spawn(process.execPath, [SERVER, ...inputs.args, ...args], {
    cwd: home,
    env: { HOME: home, ARBITER_LOG_FORMAT: 'json', ...inputs.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
};

const WITHOUT_FILE = { args: ['--port', '0'], env: { ARBITER_ADMIN_PORT: '0' } };

const withFile = (path: string, toml: string) => {
  writeFileSync(path, withEphemeralPorts(toml));
  return { args: ['--config', path], env: {} };
};

export interface Exit {
  readonly code: number | null;
  readonly output: string;
}

/** Runs the server to its end; for what should end by itself. */
export const runToExit = async (home: string, options: LaunchOptions = {}): Promise<Exit> => {
  const child = launch(home, options);
  const output: string[] = [];
  child.stdout?.on('data', (chunk: Buffer) => output.push(chunk.toString()));
  child.stderr?.on('data', (chunk: Buffer) => output.push(chunk.toString()));
  try {
    const code = await within(START_TIMEOUT_MS, exitOf(child), 'arbiter did not exit');
    return { code, output: output.join('') };
  } finally {
    child.kill('SIGKILL');
  }
};

const withEphemeralPorts = (toml: string): string => {
  const missing = ['proxy', 'admin'].filter((section) => !toml.includes(`[${section}]`));
  const sections = toml.replace(/^\[(proxy|admin)\]$/gm, '[$1]\nlisten_port = 0');
  return [sections, ...missing.map((section) => `[${section}]\nlisten_port = 0`)].join('\n');
};

interface ListenerUrls {
  readonly data: string;
  readonly control: string;
}

/** The exit code, also of a process that has ended already; null after a signal. */
const exitOf = (child: ChildProcess): Promise<number | null> =>
  new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) resolve(child.exitCode);
    // Not 'exit': what it wrote last has been read by then.
    else child.once('close', resolve);
  });

const listening = async (child: ChildProcess, lines: string[]): Promise<ListenerUrls> => {
  child.stdout?.resume();
  if (child.stderr === null) throw new Error('The process has no stderr.');
  const urls = new Map<string, string>();
  const ready = new Promise<void>((resolve) => {
    createInterface({ input: child.stderr ?? process.stdin }).on('line', (line) => {
      lines.push(line);
      if (lines.length > LINES_KEPT_MAX) lines.shift();
      const { event, plane, url } = parsed(line);
      if (event === 'listening' && plane !== undefined && url !== undefined) urls.set(plane, url);
      if (urls.size === 2) resolve();
    });
  });
  const failed = exitOf(child).then((code) => {
    throw new Error(`arbiter exited with ${String(code)}:\n${lines.join('\n')}`);
  });
  try {
    await within(START_TIMEOUT_MS, Promise.race([ready, failed]), 'arbiter did not start');
  } catch (error) {
    child.kill('SIGKILL');
    throw error;
  }
  return { data: urls.get('data') ?? '', control: urls.get('control') ?? '' };
};

const parsed = (line: string): LogLine => {
  try {
    return JSON.parse(line) as LogLine;
  } catch {
    return {};
  }
};
