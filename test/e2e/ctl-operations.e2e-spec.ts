import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { join } from 'node:path';
import { ArbiterProcess } from '../support/arbiter-process';
import { ctlOf, runCtl, type CtlResult } from '../support/ctl-process';
import { ALLOW_ALL } from '../support/governed-session';
import { closeLocally, listenLocally } from '../support/local-server';

jest.setTimeout(60_000);

const NOBODY_THERE = 'http://127.0.0.1:9';

let arbiter: ArbiterProcess;
let ctl: (...args: readonly string[]) => Promise<CtlResult>;

beforeAll(async () => {
  const toml = `[admin]\nrate_limit_requests = 1000000\n${ALLOW_ALL}`;
  arbiter = await ArbiterProcess.start({ toml });
  ctl = ctlOf(arbiter);
  for (const owner of ['user:a', 'user:b', 'user:\u001b[2J'])
    await arbiter.admin('POST', '/agents', { owner, model: 'm' });
});

afterAll(() => arbiter.dispose());

interface Page {
  readonly events: readonly { readonly position: number; readonly type: string }[];
  readonly next: number;
  readonly head: number;
}

const events = async (...options: readonly string[]): Promise<Page> =>
  JSON.parse((await ctl('events', '--json', ...options)).stdout) as Page;

describe('events', () => {
  it('are a table for people, with nothing in it that a terminal would obey', async () => {
    const { stdout } = await ctl('events');
    const [heading = '', first = ''] = stdout.split('\n');

    expect(heading).toMatch(/^POSITION +AT +TYPE +STREAM +ACTOR +DATA$/);
    expect(first).toMatch(/^1 +\S+Z +policy-set\.activated +\S+ +process:\S+ +\S/);
    expect(stdout).toContain('owner=user:\\u001b[2J');
    expect(stdout).not.toMatch(/[^\P{Cc}\n]/u);
  });

  it('are filtered, and read on from where one was', async () => {
    const page = await events('--type', 'agent.registered', '--limit', '2');

    expect(page.events.map(({ type }) => type)).toEqual(['agent.registered', 'agent.registered']);
    const rest = await events('--type', 'agent.registered', '--after', String(page.next));
    expect(rest.events).toHaveLength(1);
    expect((await events('--stream', 'policy-set/active')).events).toHaveLength(1);
    expect((await ctl('events', '--limit', '2')).stderr).toContain('read on with --after 2');
    expect((await ctl('events', '--type', 'nothing.of-the-kind')).stdout).toBe('No events.\n');
  });

  it('are read page by page when more are asked for than the server gives at once', async () => {
    const stop = 1_100;
    for (let index = 0; index < stop / 2; index += 1)
      await arbiter.admin('POST', '/agents', { owner: 'user:many', model: 'm' });
    const { events: all, head } = await events('--limit', '5000');

    expect(all.length).toBeGreaterThan(stop);
    expect(all.map(({ position }) => position)).toEqual(all.map((_event, index) => index + 1));
    expect(all).toHaveLength(head);
    expect((await events('--limit', '1001')).events).toHaveLength(1_001);
  });

  it.each([['0'], ['-1'], ['x']])('are not listed %s at a time', async (limit) => {
    expect(await ctl('events', `--limit=${limit}`)).toMatchObject({ exitCode: 1, stdout: '' });
  });
});

it('erases a payload on record, and the log still verifies', async () => {
  const erased = await ctl('audit', 'erase', '--position', '2', '--reason', 'user:a asked for it');

  expect(erased).toMatchObject({ exitCode: 0, stderr: '' });
  expect(erased.stdout).toMatch(/^Erased the payload of event 2; event \d+ says so\.$/m);
  expect((await ctl('events', '--after', '1', '--limit', '1')).stdout).toContain('(erased)');
  const verified = await ctl('audit', 'verify');
  expect(verified).toMatchObject({ exitCode: 0, stderr: '' });
  expect(verified.stdout).toMatch(/^Erased: +1 payload/m);

  const missing = await ctl('audit', 'erase', '--position', '999999', '--reason', 'x');
  expect(missing).toMatchObject({
    exitCode: 1,
    stderr: expect.stringMatching(/404 event not found/),
  });
});

describe('projections', () => {
  it('say how far they have come', async () => {
    const { stdout } = await ctl('projections', 'status');

    expect(stdout).toMatch(/^agents +state=running +position=\d+ +lag=0 +revision=\d+$/m);
  });

  it.each([
    [['agents'], 1],
    [[], 3],
  ])('are rebuilt: %j', async (names, rebuiltMin) => {
    const agents = (await arbiter.admin('GET', '/agents')).body;
    const { exitCode, stdout } = await ctl('projections', 'rebuild', ...names);

    expect(exitCode).toBe(0);
    expect(stdout.trim().split('\n').length).toBeGreaterThanOrEqual(rebuiltMin);
    expect((await arbiter.admin('GET', '/agents')).body).toEqual(agents);
  });

  it('have names', async () => {
    expect(await ctl('projections', 'rebuild', 'nope/../x')).toMatchObject({
      exitCode: 1,
      stderr: expect.stringMatching(/404 projection not found/),
    });
  });
});

describe('doctor', () => {
  const config = (): string => join(arbiter.home, 'arbiter.toml');

  it('passes a healthy installation, one line a check', async () => {
    const { exitCode, stdout } = await ctl(
      'doctor',
      '--config',
      config(),
      '--gateway-url',
      arbiter.dataUrl,
    );

    const lines = stdout.trim().split('\n');
    expect({ exitCode, last: lines.pop() }).toEqual({ exitCode: 0, last: 'All checks passed.' });
    expect(lines).toHaveLength(7);
    for (const line of lines) expect(line).toMatch(/^[a-zA-Z ]+ … PASS \(.+\)$/);
  });

  it('says what is wrong with each part, and what to do', async () => {
    const home = join(arbiter.home, 'broken');
    mkdirSync(join(home, '.arbiter'), { recursive: true });
    chmodSync(join(home, '.arbiter'), 0o755);
    writeFileSync(join(home, 'rules.toml'), '[[policies]]\nid = "x"\n');
    writeFileSync(join(home, 'arbiter.toml'), '[policy]\nfile = "rules.toml"\n');
    const { exitCode, stdout } = await runCtl(
      [
        '--api-url',
        NOBODY_THERE,
        'doctor',
        '--config',
        join(home, 'arbiter.toml'),
        '--database',
        `${home}/no.db`,
      ],
      { env: { HOME: home, ARBITER_API_KEY: 'k', ARBITER_PROXY_PORT: '9' } },
    );

    expect(exitCode).toBe(1);
    expect(stdout).toMatch(/^configuration … PASS/m);
    expect(stdout).toMatch(/^policies … FAIL \(.*rules\.toml, policy x: .+\)$/m);
    expect(stdout).toMatch(/^state directory … FAIL \(.*mode 0755.*chmod 700.*\)$/m);
    expect(stdout).toMatch(/^database … FAIL \(.*no\.db does not exist\)$/m);
    expect(stdout).toMatch(/^admin API … FAIL \(cannot reach .*Start the server.*\)$/m);
    expect(stdout).toMatch(/^gateway … FAIL \(cannot reach http:\/\/127\.0\.0\.1:9.*\)$/m);
    expect(stdout).not.toContain('All checks passed.');
  });

  it('names every bad setting, and the wrong key', async () => {
    const bad = join(arbiter.home, 'bad.toml');
    writeFileSync(bad, '[proxy]\nlisten_port = "x"\n[admin]\nlisten_port = -1\n');
    const { stdout } = await ctl('--api-key', 'wrong', 'doctor', '--config', bad);

    expect(stdout).toMatch(
      /^configuration … FAIL \(.*proxy\.listen_port.*admin\.listen_port.*\)$/m,
    );
    expect(stdout).toMatch(/^policies … SKIP/m);
    expect(stdout).toMatch(/^admin API … FAIL \(.*401.*--api-key.*\)$/m);
  });
});

describe('the connection', () => {
  const answering = async (status: number, body: string, use: (url: string) => Promise<void>) => {
    const server: Server = createServer((_request, response) => {
      response.writeHead(status, { location: NOBODY_THERE }).end(body);
    });
    const url = await listenLocally(server);
    await use(url).finally(() => closeLocally(server));
  };
  const ask = (url: string): Promise<CtlResult> =>
    runCtl(['--api-url', url, '--api-key', 'k', 'list-agents'], { env: { HOME: arbiter.home } });

  it('is refused with the status and the reason', async () => {
    const { exitCode, stdout, stderr } = await ctl('--api-key', 'wrong', 'list-agents');

    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
    expect(stderr).toMatch(/401 invalid/);
  });

  it('says what to do when nobody listens or no key is known', async () => {
    expect((await ask(NOBODY_THERE)).stderr).toContain('cannot reach http://127.0.0.1:9');
    const { exitCode, stderr } = await runCtl(['list-agents'], { env: { HOME: '/nonexistent' } });
    expect(exitCode).toBe(1);
    expect(stderr).toContain('ARBITER_API_KEY');
  });

  it('warns when the key crosses a network in the clear', async () => {
    const exposed = arbiter.controlUrl.replace('127.0.0.1', '0.0.0.0');

    expect(await ctl('--api-url', exposed, 'list-agents', '--json')).toMatchObject({
      exitCode: 0,
      stderr: expect.stringContaining('not encrypted'),
    });
    expect((await ctl('list-agents')).stderr).toBe('');
  });

  it.each([
    [200, 'hello', 'not a list'],
    [200, '{"a":1}', 'not a list'],
    [200, '[1]', 'not an object'],
    [302, '', '302'],
    [500, '{"error":"\\u001b[31mred"}', '500 \\u001b[31mred'],
    [503, '<html>', '503 <html>'],
  ])('survives a server that answers %i %j', async (status, body, expected) => {
    await answering(status, body, async (url) => {
      const { exitCode, stderr } = await ask(url);

      expect(exitCode).toBe(1);
      expect(stderr).toContain(expected);
      expect(stderr).not.toMatch(/TypeError|[^\P{Cc}\n]/u);
    });
  });
});
