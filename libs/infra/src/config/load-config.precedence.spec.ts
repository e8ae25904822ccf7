import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConfig, type Run } from './load-config';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'arbiter-precedence-'));
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

interface Sources {
  readonly argv?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly toml?: string;
  readonly files?: Readonly<Record<string, string>>;
}

const runWith = ({ argv = [], env = {}, toml, files = {} }: Sources): Run => {
  if (toml !== undefined) writeFileSync(join(folder, 'arbiter.toml'), toml);
  mkdirSync(join(folder, '.arbiter'), { mode: 0o700 });
  for (const [name, text] of Object.entries(files)) {
    writeFileSync(join(folder, '.arbiter', name), text, { mode: 0o600 });
  }
  const loaded = loadConfig({ argv, env, cwd: folder, home: folder });
  if (loaded.kind !== 'run') throw new Error(loaded.text);
  return loaded;
};

const port = { flag: ['--port', '1001'], env: { ARBITER_PROXY_PORT: '1002' } };
const portFile = '[proxy]\nlisten_port = 1003';

it.each<[string, Sources, number, string]>([
  ['flag', { argv: port.flag, env: port.env, toml: portFile }, 1001, '--port'],
  ['variable', { env: port.env, toml: portFile }, 1002, 'ARBITER_PROXY_PORT'],
  ['file', { env: { ARBITER_PROXY_PORT: ' ' }, toml: portFile }, 1003, 'arbiter.toml'],
  ['default', { toml: '' }, 8080, 'default'],
])('the proxy port: %s first', (_, sources, expected, origin) => {
  const { config, origins } = runWith(sources);
  expect(config.proxy.listenPort).toBe(expected);
  expect(origins['proxy.listen_port']?.name).toBe(origin);
});

it.each<[string, Sources, string, string]>([
  [
    'flag',
    { argv: ['--log-level', 'error'], env: { ARBITER_LOG_LEVEL: 'warn', RUST_LOG: 'debug' } },
    'error',
    '--log-level',
  ],
  [
    'variable of ours',
    { env: { ARBITER_LOG_LEVEL: 'WARN', RUST_LOG: 'debug' } },
    'warn',
    'ARBITER_LOG_LEVEL',
  ],
  ['shared variable', { env: { RUST_LOG: 'debug' } }, 'debug', 'RUST_LOG'],
  ['shared variable of others', { env: { RUST_LOG: 'hyper=debug' } }, 'info', 'default'],
])('the log level: %s first', (_, sources, expected, origin) => {
  const { config, origins } = runWith(sources);
  expect(config.process.logLevel).toBe(expected);
  expect(origins['process.log_level']?.name).toBe(origin);
});

const keyEnv = { ARBITER_ADMIN_API_KEY: 'key-of-the-environment' };
const keyToml = '[admin]\napi_key = "key-of-the-configuration-file"';
const keyFile = { admin_api_key: 'key-of-the-state-directory\n' };

it.each<[string, Sources, string, string]>([
  ['variable', { env: keyEnv, toml: keyToml, files: keyFile }, 'key-of-the-environment', 'env'],
  ['file', { toml: keyToml, files: keyFile }, 'key-of-the-configuration-file', 'file'],
  ['state directory', { files: keyFile }, 'key-of-the-state-directory', 'state-file'],
])('the admin key: %s first', (_, sources, expected, origin) => {
  const { config, origins } = runWith(sources);
  expect(config.admin.apiKey.reveal()).toBe(expected);
  expect(origins['admin.api_key']?.kind).toBe(origin);
});

it.each<[string, Sources, boolean]>([
  ['--verbose', { argv: ['--verbose'], env: { ARBITER_API_VERBOSE: '0' } }, true],
  ['1', { env: { ARBITER_API_VERBOSE: '1' } }, true],
  ['yes', { env: { ARBITER_API_VERBOSE: 'yes' } }, true],
  ['0', { env: { ARBITER_API_VERBOSE: '0' } }, false],
  ['nothing', { env: { ARBITER_API_VERBOSE: '' } }, false],
])('verbose by %s', (_, sources, expected) => {
  expect(runWith(sources).config.process.verbose).toBe(expected);
});

it('takes each variable of the server, and no other', () => {
  const { config, warnings } = runWith({
    env: {
      ARBITER_LOG_FORMAT: 'JSON',
      ARBITER_DRAIN_SECONDS: '0',
      ARBITER_UPSTREAM_URL: 'http://up:1/',
      ARBITER_ADMIN_PORT: '9090',
      ARBITER_SANDBOX_IMAGE: 'alpine',
      ARBITER_PROXY_LISTEN_ADDR: '0.0.0.0',
    },
  });

  expect(config.process).toMatchObject({ logFormat: 'json', drainSecs: 0 });
  expect(config.proxy).toMatchObject({ upstreamUrl: 'http://up:1', listenAddr: '127.0.0.1' });
  expect(config.admin.listenPort).toBe(9090);
  expect(warnings.join()).not.toContain('SANDBOX');
});

it.each([
  ['ARBITER_DRAIN_SECONDS', '-3', { drainSecs: 30 }],
  ['ARBITER_DRAIN_SECONDS', 'soon', { drainSecs: 30 }],
  ['ARBITER_LOG_FORMAT', 'xml', { logFormat: 'human' }],
])('%s=%s is ignored with a warning', (name, value, expected) => {
  const { config, warnings } = runWith({ env: { [name]: value } });
  expect(config.process).toMatchObject(expected);
  expect(warnings).toContainEqual(expect.stringContaining(name));
});

it('finds the file by flag, then by variable', () => {
  writeFileSync(join(folder, 'flag.toml'), 'proxy.listen_port = 1');
  writeFileSync(join(folder, 'env.toml'), 'proxy.listen_port = 2');
  const env = { ARBITER_CONFIG: 'env.toml' };

  const byFlag = runWith({ argv: ['-c', 'flag.toml'], env, toml: portFile });
  rmSync(join(folder, '.arbiter'), { recursive: true });
  const byVariable = runWith({ env, toml: portFile });

  expect([byFlag, byVariable].map(({ config }) => config.proxy.listenPort)).toEqual([1, 2]);
  expect(byVariable.configFile).toBe('env.toml');
});

it('does not take process settings from the file', () => {
  const { config, warnings } = runWith({ toml: '[process]\nlog_level = "trace"' });
  expect(config.process.logLevel).toBe('info');
  expect(warnings).toContainEqual(expect.stringContaining('[process]'));
});
