import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { ConfigurationError } from './configuration.error';
import { type ConfigInputs, loadConfig, type Run } from './load-config';

let cwd: string;
let home: string;

beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'arbiter-cwd-'));
  home = mkdtempSync(join(tmpdir(), 'arbiter-home-'));
});

afterEach(() => {
  for (const folder of [cwd, home]) rmSync(folder, { recursive: true, force: true });
});

const KEY = 'a-long-enough-admin-key';
const SIGNING = 'a-signing-secret-of-32-bytes-or-more';
const SECRETS = { ARBITER_ADMIN_API_KEY: KEY, ARBITER_SIGNING_SECRET: SIGNING };

const load = (toml?: string, inputs: Partial<ConfigInputs> = {}): ReturnType<typeof loadConfig> => {
  if (toml !== undefined) writeFileSync(join(cwd, 'arbiter.toml'), toml);
  return loadConfig({ argv: [], env: SECRETS, cwd, home, ...inputs });
};

const run = (toml?: string, inputs: Partial<ConfigInputs> = {}): Run => {
  const loaded = load(toml, inputs);
  if (loaded.kind !== 'run') throw new Error(loaded.text);
  return loaded;
};

const problems = (toml?: string, inputs: Partial<ConfigInputs> = {}): readonly string[] => {
  try {
    load(toml, inputs);
  } catch (error) {
    if (error instanceof ConfigurationError) return error.problems;
    throw error;
  }
  return [];
};

describe('with nothing configured (D1, D2)', () => {
  it('starts on the default addresses with a database in the state directory', () => {
    const { config, origins, configFile } = run(undefined, { env: {} });

    expect(configFile).toBeUndefined();
    expect(config.proxy).toMatchObject({ listenAddr: '127.0.0.1', listenPort: 8080 });
    expect(config.admin).toMatchObject({ listenAddr: '127.0.0.1', listenPort: 3000 });
    expect(config.storage).toEqual({
      backend: 'sqlite',
      sqlitePath: join(home, '.arbiter', 'arbiter.db'),
      synchronous: 'full',
    });
    expect(origins['proxy.listen_port']).toEqual({ kind: 'default', name: 'default' });
    expect(origins['admin.api_key']).toMatchObject({ kind: 'generated' });
  });

  it('generates the secrets once, for the owner only, and says where without showing them', () => {
    const first = run(undefined, { env: {} });
    const second = run(undefined, { env: {} });
    const key = first.config.admin.apiKey.reveal();
    const file = join(home, '.arbiter', 'admin_api_key');

    expect(key).toMatch(/^adm_[\da-f]{64}$/);
    expect(readFileSync(file, 'utf8').trim()).toBe(key);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(statSync(join(home, '.arbiter')).mode & 0o777).toBe(0o700);
    expect(first.announcements).toHaveLength(2);
    expect(first.announcements[0]).toContain(file);
    expect(inspect(first, { depth: null }) + JSON.stringify(first)).not.toContain(key);
    expect(second.announcements).toEqual([]);
    expect(second.config.admin.apiKey.reveal()).toBe(key);
    expect(second.config.admin.signingSecret.reveal()).toBe(
      first.config.admin.signingSecret.reveal(),
    );
    expect(second.origins['admin.api_key']).toEqual({ kind: 'state-file', name: file });
  });

  it('creates nothing when something else is wrong', () => {
    expect(problems('[proxy]\nlisten_port = -1', { env: {} })).toHaveLength(1);
    expect(existsSync(join(home, '.arbiter'))).toBe(false);
  });

  it('makes the directory of the database, also when the secrets come from elsewhere', () => {
    const { announcements } = run();

    expect(announcements).toEqual([]);
    expect(readdirSync(join(home, '.arbiter'))).toEqual([]);
  });

  it('needs no state directory when nothing is kept there', () => {
    const { config } = run('[storage]\nsqlite_path = "data/a.db"', { home: '' });

    expect(config.stateDir).toBeUndefined();
    expect(config.storage).toMatchObject({ sqlitePath: join(cwd, 'data/a.db') });
    expect(problems('[storage]\nbackend = "memory"', { home: '', env: {} })[0]).toMatch(
      /no home directory is known.*HOME/,
    );
  });

  it('says so when the state directory cannot be made', () => {
    const notAFolder = join(home, 'file');
    writeFileSync(notAFolder, '');

    expect(problems(undefined, { home: notAFolder, env: {} }).join()).toMatch(
      /state directory .* cannot be written \(ENOTDIR\)|cannot be read \(ENOTDIR\)/,
    );
  });

  it('is frozen all the way down', () => {
    const { config } = run('[[policy.policies]]\nid = "a"\n[policy.policies.match]\nx = [1]');

    const [policy] = config.policy.policies;
    expect(policy).toMatchObject({ id: 'a', match: { x: [1] } });
    expect([config, config.proxy, config.policy.policies, policy].every(Object.isFrozen)).toBe(
      true,
    );
    expect(Object.isFrozen(policy?.['match'])).toBe(true);
  });
});

describe('the file', () => {
  it('must exist when it was named, and only then (E1)', () => {
    expect(problems()).toEqual([]);
    expect(problems(undefined, { argv: ['-c', 'other.toml'] })[0]).toContain('other.toml: ENOENT');
    expect(problems(undefined, { env: { ...SECRETS, ARBITER_CONFIG: 'env.toml' } })[0]).toContain(
      'env.toml: ENOENT',
    );
  });

  it('is refused with line and column, and without the line, which may be a secret', () => {
    const [problem] = problems('[admin]\napi_key = "hush-hush');

    expect(problem).toMatch(/^arbiter\.toml: line 2, column \d+: /);
    expect(problem).not.toContain('hush');
  });

  it.each(['a.b = { c = ', 'x = '])('is refused when it nests without end: %s', (opening) => {
    const deep = `${opening}${'['.repeat(500)}${']'.repeat(500)}${opening.includes('{') ? '}' : ''}`;
    expect(problems(deep)[0]).toMatch(/nested more than 64 deep/);
  });

  it('is refused when it is not UTF-8', () => {
    writeFileSync(join(cwd, 'arbiter.toml'), Buffer.from([0x23, 0xff, 0xfe]));
    expect(problems()[0]).toMatch(/^arbiter\.toml: /);
  });

  it('is refused with every bad setting at once', () => {
    const found = problems(
      [
        'metrics = 5',
        '[proxy]',
        'listen_port = 70000',
        'strict_mcp = "true"',
        'upstream_url = "ftp://user:hunter2@host"',
        '[sessions]',
        'warning_threshold_pct = 100.5',
        'rate_limit_window_secs = 0',
        'cleanup_interval_secs = 0',
        '[admin]',
        'api_key = 5',
        '[storage]',
        'backend = "postgres"',
        '[credentials]',
      ].join('\n'),
      { argv: ['--log-level', 'loud'], env: { ...SECRETS, ARBITER_ADMIN_PORT: '3000x' } },
    );

    expect(found.map((each) => each.split(' ')[0])).toEqual([
      'process.log_level',
      'proxy.listen_port',
      'proxy.upstream_url',
      'proxy.strict_mcp',
      'sessions.warning_threshold_pct',
      'sessions.rate_limit_window_secs',
      'sessions.cleanup_interval_secs',
      'admin.listen_port',
      'admin.api_key',
      'storage.backend',
      'metrics',
      '[credentials]',
    ]);
    expect(found).toContain(
      'proxy.listen_port (arbiter.toml): expected an integer from 0 to 65535, got 70000',
    );
    expect(found.join()).not.toContain('hunter2');
  });

  it('is not blamed for what only a default says', () => {
    const port = '[proxy]\nlisten_port = "x"\n[admin]\nlisten_port = 8080';
    const address =
      '[proxy]\nlisten_addr = 5\n[admin]\nlisten_addr = "0.0.0.0"\napi_key = "arbiter-dev-key"';

    expect(problems(port)).toEqual([expect.stringContaining('proxy.listen_port')]);
    expect(problems(address, { env: {} })).toEqual([expect.stringContaining('proxy.listen_addr')]);
  });

  it('judges a value that a stronger source overrides, too', () => {
    const env = { ...SECRETS, ARBITER_PROXY_PORT: '9000' };
    expect(problems('[proxy]\nlisten_port = "x"', { env })).toHaveLength(1);
  });
});

describe('special values', () => {
  it.each([
    ['-1', 'unlimited'],
    ['"unlimited"', 'unlimited'],
    ['0', 0],
  ])('max_concurrent_sessions_per_agent = %s', (value, expected) => {
    const { config } = run(`sessions.max_concurrent_sessions_per_agent = ${value}`);
    expect(config.sessions.maxConcurrentSessionsPerAgent).toBe(expected);
  });

  it('trims the upstream address and keeps its path', () => {
    const { config } = run('proxy.upstream_url = "https://host:1/base//"');
    expect(config.proxy.upstreamUrl).toBe('https://host:1/base');
  });

  it('takes an integer for a float', () => {
    const { config } = run('sessions.warning_threshold_pct = 100');
    expect(config.sessions.warningThresholdPct).toBe(100);
  });
});

describe('--print-config', () => {
  it('shows each value with its origin, no secret, and creates nothing', () => {
    const env = { ...SECRETS, ARBITER_PROXY_PORT: '9001' };
    const printed = load('[admin]\nlisten_port = 4000', {
      argv: ['--print-config', '--log-level', 'debug'],
      env: { ...env, ARBITER_SIGNING_SECRET: '' },
    });

    expect(printed).toMatchObject({ kind: 'print', exitCode: 0 });
    const { text } = printed as { text: string };
    const lines = text.split('\n');
    expect(lines).toContain('proxy.listen_port = 9001  # ARBITER_PROXY_PORT');
    expect(lines).toContain('admin.listen_port = 4000  # arbiter.toml');
    expect(lines).toContain('proxy.blocked_paths = []  # default');
    expect(lines).toContain('# process.log_level = "debug"  # --log-level');
    expect(lines).toContain('admin.api_key = ********  # ARBITER_ADMIN_API_KEY');
    expect(lines).toContain(
      '# admin.signing_secret is not set: it is generated at the first start',
    );
    expect(text).not.toContain(KEY);
    expect(existsSync(join(home, '.arbiter'))).toBe(false);
  });

  it('still refuses what is wrong', () => {
    expect(problems('proxy.listen_port = "x"', { argv: ['--print-config'] })).toHaveLength(1);
  });
});
