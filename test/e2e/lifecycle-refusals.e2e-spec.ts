import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ArbiterProcess, runToExit, type LaunchOptions } from '../support/arbiter-process';
import { GovernedSession } from '../support/governed-session';
import { closeLocally, listenLocally } from '../support/local-server';

const DEV_KEY = 'arbiter-dev-key';
const DEV_SECRET = 'arbiter-dev-secret-change-in-production';

const policy = (id: string, more = 'allowed_tools = ["*"]'): string =>
  `[[policy.policies]]\nid = "${id}"\neffect = "allow"\n${more}`;

describe('a start that is refused', () => {
  let home: string;

  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), 'arbiter-refused-'));
  });
  afterEach(() => {
    rmSync(home, { recursive: true, force: true });
  });

  /** Whole lines for people: no stack, no surprise. */
  const refusal = async (options: LaunchOptions): Promise<string> => {
    const { code, output } = await runToExit(home, options);
    expect(code).toBe(1);
    expect(output).not.toMatch(/^\s+at /m);
    return output;
  };

  it.each<readonly [string, string, RegExp]>([
    ['E1, TOML that is none', '[proxy', /toml/i],
    ['E1, a value of the wrong type', '[proxy]\nstrict_mcp = "yes"', /proxy\.strict_mcp/],
    ['E2, an upstream that is no URL', '[proxy]\nupstream_url = "localhost:1"', /upstream_url/],
    ['E6, a policy file that is not there', '[policy]\nfile = "none.toml"', /none\.toml/],
    ['E7, two policies of one name', `${policy('a')}\n${policy('a')}`, /duplicate/i],
    ['E7, an allow rule about nothing', policy('a', ''), /"?a"?.*allowed_tools/],
    ['E10, an unknown storage', '[storage]\nbackend = "postgres"', /storage\.backend/],
    ['E11, no body at all', '[proxy]\nmax_request_body_bytes = 0', /max_request_body_bytes/],
    ['E11, no time at all', '[proxy]\nupstream_timeout_secs = 0', /upstream_timeout_secs/],
    ['E12, more than all', '[sessions]\nwarning_threshold_pct = 101', /warning_threshold_pct/],
    ['E13, no window', '[sessions]\nrate_limit_window_secs = 0', /rate_limit_window_secs/],
    ['what is not built: TLS', '[proxy]\ntls_cert = "cert.pem"', /tls_cert.*not supported/],
    ['what is not built: no audit', '[audit]\nenabled = false', /audit\.enabled/],
  ])('%s', async (_case, toml, said) => {
    expect(await refusal({ toml })).toMatch(said);
  });

  it('names everything that is wrong at once', async () => {
    const toml =
      '[sessions]\nwarning_threshold_pct = -1\n[proxy]\nupstream_timeout_secs = 0\nstrict_mcp = 1';

    const output = await refusal({ toml });

    for (const key of ['warning_threshold_pct', 'upstream_timeout_secs', 'strict_mcp'])
      expect(output).toContain(key);
  });

  it('E3, one address for both listeners', async () => {
    const env = { ARBITER_PROXY_PORT: '18099', ARBITER_ADMIN_PORT: '18099' };

    expect(await refusal({ env })).toMatch(/same address and port/);
  });

  it.each([
    ['E4, the published key', { ARBITER_ADMIN_API_KEY: DEV_KEY }],
    ['E5, the published secret', { ARBITER_SIGNING_SECRET: DEV_SECRET }],
  ])('%s where others can connect', async (_case, env) => {
    const output = await refusal({ env, args: ['--bind', '0.0.0.0'] });

    expect(output).toMatch(/development default/);
    expect(output).not.toMatch(new RegExp(`${DEV_KEY}|${DEV_SECRET}`));
  });

  it.each(['ARBITER_PROXY_PORT', 'ARBITER_ADMIN_PORT'])(
    'E14, a port that is taken (%s)',
    async (name) => {
      const other = createServer();
      const { port } = new URL(await listenLocally(other));
      try {
        expect(await refusal({ env: { [name]: port } })).toMatch(new RegExp(`${port}|in use`));
      } finally {
        await closeLocally(other);
      }
    },
  );

  it('E10, a database that is none', async () => {
    writeFileSync(
      join(home, 'notes.db'),
      'this is not a database, and it is long enough. '.repeat(50),
    );
    mkdirSync(join(home, 'folder.db'));

    const notADatabase = await refusal({ toml: '[storage]\nsqlite_path = "notes.db"' });
    const folder = await refusal({ toml: '[storage]\nsqlite_path = "folder.db"' });

    expect(notADatabase).toContain('notes.db');
    expect(folder).toContain('folder.db');
  });

  it('a state directory that is a file', async () => {
    writeFileSync(join(home, '.arbiter'), '');

    expect(await refusal({})).toMatch(/\.arbiter/);
  });

  it('an unknown flag, and unknown keys where they are forbidden', async () => {
    expect(await refusal({ args: ['--no-such-flag'] })).toContain('--no-such-flag');
    const toml = '[proxy]\nupstream_ulr = "http://127.0.0.1:1"';
    expect(await refusal({ toml, args: ['--strict-config'] })).toContain('upstream_ulr');
  });

  it('a second process on the same store', async () => {
    const first = await ArbiterProcess.start({ home });
    const session = await GovernedSession.open(first);
    try {
      const output = await refusal({});

      expect(output).toMatch(/another process|already (open|in use)|locked/i);
      expect(output).toContain('arbiter.db');
      expect(await session.state()).toMatchObject({ status: 'active' });
    } finally {
      await first.kill();
    }
    const heir = await ArbiterProcess.start({ home });
    expect(await heir.stop()).toBe(0);
  });
});

describe('a start that is warned about', () => {
  it('with the published key and secret on loopback', async () => {
    const arbiter = await ArbiterProcess.start({
      env: { ARBITER_ADMIN_API_KEY: DEV_KEY, ARBITER_SIGNING_SECRET: DEV_SECRET },
    });
    try {
      expect(arbiter.lines.filter((line) => line.includes('INSECURE'))).toHaveLength(2);
      const headers = { 'x-api-key': DEV_KEY };
      expect((await fetch(`${arbiter.controlUrl}/agents`, { headers })).status).toBe(200);
    } finally {
      await arbiter.dispose();
    }
  });

  it('with a secret that others could read, which it hides', async () => {
    const first = await ArbiterProcess.start();
    await first.stop();
    chmodSync(join(first.home, '.arbiter/signing_secret'), 0o644);

    const second = await ArbiterProcess.start({ home: first.home });

    expect(second.lines.join('\n')).toMatch(/signing_secret.*0600/);
    await second.dispose();
  });
});

describe('what only prints', () => {
  it.each([['--version'], ['--help'], ['--print-config']])('%s exits with 0', async (flag) => {
    const home = mkdtempSync(join(tmpdir(), 'arbiter-prints-'));

    const { code, output } = await runToExit(home, { args: [flag] });

    expect(code).toBe(0);
    expect(output).not.toBe('');
    rmSync(home, { recursive: true });
  });
});
