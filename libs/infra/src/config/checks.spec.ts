import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
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

const withSection = (section: string, line: string): string => `[${section}]\n${line}\n`;

describe('what is refused (§1.3)', () => {
  it.each([
    ['E2', 'proxy', 'upstream_url = "//host"', /upstream_url/],
    ['E2', 'proxy', 'upstream_url = "http://h/?a=b"', /upstream_url/],
    ['E3', 'admin', 'listen_port = 8080', /same address and port/],
    ['E6', 'policy', 'file = "missing.toml"', /policy\.file: .*missing\.toml does not exist/],
    ['E10', 'storage', 'backend = "SQLITE"', /one of sqlite, memory/],
    ['E11', 'proxy', 'max_request_body_bytes = 0', /1 or more/],
    ['E11', 'proxy', 'upstream_timeout_secs = 0', /upstream_timeout_secs/],
    ['E12', 'sessions', 'warning_threshold_pct = nan', /0 to 100, got NaN/],
    ['E13', 'sessions', 'rate_limit_window_secs = 0', /1 or more/],
    ['address', 'proxy', 'listen_addr = "10.0.0.256"', /an IP address or a host name/],
    ['address', 'proxy', 'listen_addr = "[::1]"', /an IP address or a host name/],
    ['blank secret', 'admin', 'api_key = " "', /admin\.api_key/],
    ['timer', 'proxy', 'upstream_timeout_secs = 2147484', /from 1 to 2147483/],
  ])('%s: [%s] %s', (_, section, line, message) => {
    const found = problems(withSection(section, line), { env: {} });

    expect(found).toHaveLength(1);
    expect(found[0]).toMatch(message);
  });

  it.each([
    'proxy.tls_cert = "a"',
    'admin.tls_key = "a"',
    'proxy.ready_endpoint = true',
    'admin.keys = [{ name = "a" }]',
    'audit.file_path = "audit.jsonl"',
    'audit.enabled = false',
    'policy.watch = true',
    'sessions.enforce_confidential = true',
    'sessions.empty_list_means = "none"',
    'oauth.issuers = [{ name = "a" }]',
    'oauth.issuers = "a"',
    'credentials.provider = "env"',
  ])('what is not built: %s', (line) => {
    const found = problems(line);

    expect(found).toHaveLength(1);
    expect(found[0]).toContain('not supported by this version');
  });

  it('encryption at rest, unless the variable is blank', () => {
    const name = 'ARBITER_STORAGE_ENCRYPTION_KEY';
    expect(problems(undefined, { env: { ...SECRETS, [name]: 'ab' } })[0]).toContain(name);
    expect(problems(undefined, { env: { ...SECRETS, [name]: ' ' } })).toEqual([]);
  });

  it('takes different spellings of one address for the same (E3), but not port 0', () => {
    const on = (one: string, other: string, port: number): string =>
      `[proxy]\nlisten_addr = "${one}"\nlisten_port = ${port}\n[admin]\nlisten_addr = "${other}"\nlisten_port = ${port}`;

    expect(problems(on('::1', '0:0:0:0:0:0:0:1', 9000))).toHaveLength(1);
    expect(problems(on('LOCALHOST', 'localhost', 9000))).toHaveLength(1);
    expect(problems(on('127.0.0.1', '127.0.0.2', 9000))).toEqual([]);
    expect(problems(on('127.0.0.1', '127.0.0.1', 0))).toEqual([]);
  });
});

describe('the published development secrets (D1 over E4, E5)', () => {
  const env = {
    ARBITER_ADMIN_API_KEY: 'arbiter-dev-key',
    ARBITER_SIGNING_SECRET: 'arbiter-dev-secret-change-in-production',
  };

  it.each(['127.0.0.1', '127.9.9.9', '::1', 'localhost', '::ffff:127.0.0.1'])(
    'start with a loud warning on %s',
    (address) => {
      const { warnings } = run(`proxy.listen_addr = "${address}"`, { env });
      expect(warnings.filter((each) => each.startsWith('INSECURE'))).toHaveLength(2);
    },
  );

  it.each([
    ['proxy', '0.0.0.0'],
    ['admin', '::'],
    ['admin', 'gateway.internal'],
  ])('are refused when %s listens on %s', (section, address) => {
    const found = problems(`${section}.listen_addr = "${address}"`, { env });

    expect(found).toHaveLength(2);
    expect(found.join()).toMatch(/admin\.api_key.*admin\.signing_secret/);
  });

  it('are only a matter of the effective value', () => {
    const toml = '[proxy]\nlisten_addr = "0.0.0.0"\n[admin]\napi_key = "arbiter-dev-key"';
    expect(problems(toml)).toEqual([]);
  });
});

describe('warnings (§1.4)', () => {
  it.each([
    ['proxy.deny_non_post_methods = false', /deny_non_post_methods/],
    ['storage.backend = "memory"', /forgotten on exit/],
    ['storage.synchronous = "normal"', /power failure/],
    ['sessions.default_call_budget = 0', /default_call_budget/],
    ['sessions.default_time_limit_secs = 86401', /default_time_limit_secs/],
    ['sessions.escalate_anomalies = false', /no effect in this version/],
    ['sessions.suspicious_arg_patterns = []', /no effect in this version/],
    ['sessions.structural_checks = "strict"', /no effect in this version/],
    ['audit.hash_chain = false', /always chained/],
    ['oauth.jwks_cache_ttl_secs = 5', /\[oauth\] has no effect/],
    ['proxy.listen_prot = 1', /did you mean listen_port\?/],
    ['[prox]', /\[prox\] .* did you mean proxy\?/],
    ['proxy."a\\nb" = 1', /"a\\nb"/],
  ])('%s', (line, message) => {
    const quiet = run('').warnings;
    const added = run(line).warnings.filter((each) => !quiet.includes(each));

    expect(added).toHaveLength(1);
    expect(added[0]).toMatch(message);
    expect(added[0]).not.toContain('\n');
  });

  it('of weak secrets name what will fail (B-28)', () => {
    const { warnings } = run(undefined, {
      env: { ARBITER_ADMIN_API_KEY: 'short', ARBITER_SIGNING_SECRET: 'ü'.repeat(15) },
    });

    expect(warnings).toContainEqual(expect.stringMatching(/api_key has fewer than 16/));
    expect(warnings).toContainEqual(
      expect.stringMatching(/32 bytes: issuing agent tokens will fail/),
    );
    expect(
      run(undefined, { env: { ...SECRETS, ARBITER_SIGNING_SECRET: 'ü'.repeat(16) } }).warnings,
    ).not.toContainEqual(expect.stringMatching(/32 bytes/));
  });

  it('say that nothing is allowed without a policy, and that a file wins over inline ones', () => {
    writeFileSync(join(cwd, 'p.toml'), '');
    const both = '[policy]\nfile = "p.toml"\n[[policy.policies]]\nid = "a"';
    const none = /every tool call is denied/;

    expect(run('').warnings).toContainEqual(expect.stringMatching(none));
    expect(run('[[policy.policies]]\nid = "a"').warnings).not.toContainEqual(
      expect.stringMatching(none),
    );
    const { warnings, config } = run(both);
    expect(warnings).toContainEqual(expect.stringMatching(/policies is ignored/));
    expect(config.policy.file).toBe(join(cwd, 'p.toml'));
  });

  it('become refusals of unknown keys with --strict-config, and of nothing else', () => {
    const toml = 'audit.hash_chain = true\nproxy.unknown = 1\n[unknown]';
    expect(problems(toml, { argv: ['--strict-config'] })).toEqual([
      expect.stringContaining('proxy.unknown'),
      expect.stringContaining('[unknown]'),
    ]);
  });

  it('do not object to asking for what happens anyway', () => {
    const quiet = run('').warnings;
    const toml =
      'sessions.structural_checks = "off"\nadmin.keys = []\nproxy.ready_endpoint = false\npolicy.watch = false';
    expect(run(toml).warnings).toEqual(quiet);
  });
});
