import { ctlOf, runCtl, type CtlResult } from '../support/ctl-process';
import { GatewayStand } from '../support/gateway-stand';
import { send, toolCall } from '../support/governed-session';

jest.setTimeout(60_000);

const UUID = '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}';
const UNKNOWN = '00000000-0000-4000-8000-000000000000';

interface ClientConfiguration {
  readonly mcpServers: {
    readonly arbiter: {
      readonly type: string;
      readonly url: string;
      readonly headers: Readonly<Record<string, string>>;
    };
  };
}

let stand: GatewayStand;
let ctl: (...args: readonly string[]) => Promise<CtlResult>;

beforeAll(async () => {
  stand = await GatewayStand.start();
  ctl = ctlOf(stand.arbiter);
});

afterAll(() => stand.stop());

const json = async (...args: readonly string[]): Promise<Readonly<Record<string, unknown>>> => {
  const { stdout, stderr } = await ctl(...args, '--json');
  expect(stderr).toBe('');
  return JSON.parse(stdout) as Readonly<Record<string, unknown>>;
};

const registered = async (owner: string, ...options: readonly string[]): Promise<string> => {
  const { stdout } = await ctl('register-agent', '--owner', owner, '--model', 'm', ...options);
  return /ID: +(\S+)/.exec(stdout)?.[1] ?? '';
};

const opened = async (...options: readonly string[]): Promise<string> => {
  const who = ['--owner', 'user:s', '--model', 'm', '--intent', 'read docs'];
  const { stdout } = await ctl('session', 'open', ...who, ...options);
  return /Session: +(\S+)/.exec(stdout)?.[1] ?? '';
};

describe('help', () => {
  it.each([
    [[]],
    [['register-agent']],
    [['list-agents']],
    [['revoke']],
    [['session', 'open']],
    [['session', 'show']],
    [['session', 'close']],
    [['events']],
    [['audit', 'verify']],
    [['audit', 'erase']],
    [['projections', 'status']],
    [['projections', 'rebuild']],
    [['doctor']],
  ])('is there for %j', async (command: readonly string[]) => {
    const { exitCode, stdout, stderr } = await runCtl([...command, '--help']);

    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(stdout).toContain(`Usage: ${['arbiter-ctl', ...command].join(' ')} `);
  });

  it('is not needed to learn the version', async () => {
    const { exitCode, stdout } = await runCtl(['--version']);

    expect({ exitCode, stdout }).toEqual({
      exitCode: 0,
      stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
    });
  });

  it.each([[[]], [['nonsense']], [['register-agent', '--owner', 'x']], [['session', 'show', 'x']]])(
    'is what %j should have asked for',
    async (args: readonly string[]) => {
      const { exitCode, stdout, stderr } = await runCtl(args);

      expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
      expect(stderr).not.toBe('');
    },
  );
});

describe('agents', () => {
  it('are registered, listed and revoked', async () => {
    const { exitCode, stdout, stderr } = await ctl(
      ...[
        'register-agent',
        '--owner',
        'user:bob',
        '--model',
        'm-1',
        '--capabilities',
        'read, write',
      ],
      ...['--trust-level', 'verified', '--expires-at', '2099-01-31T12:00:00Z'],
    );

    expect(exitCode).toBe(0);
    expect(stdout).toMatch(
      new RegExp(`^Agent registered:\n +ID: +${UUID}\n +Token: +[\\w-]+\\.[\\w-]+\\.[\\w-]+\n$`),
    );
    const [, token = ''] = /Token: +(\S+)/.exec(stdout) ?? [];
    expect(stderr).toContain(token.slice(-6));
    expect(stderr).not.toContain(token);
    const [, id = ''] = /ID: +(\S+)/.exec(stdout) ?? [];
    expect((await stand.arbiter.admin('GET', `/agents/${id}`)).body).toMatchObject({
      capabilities: ['read', 'write'],
      expires_at: '2099-01-31T12:00:00.000Z',
    });

    const listed = (await ctl('list-agents')).stdout.split('\n').find((line) => line.includes(id));
    for (const part of ['owner=user:bob', 'model=m-1', 'trust=verified', 'active=true'])
      expect(listed).toContain(part);

    expect(await ctl('revoke', '--agent', id)).toMatchObject({
      exitCode: 0,
      stdout: `Revoked 1 agent(s): ${id}\n`,
    });
    expect((await ctl('list-agents')).stdout).not.toContain(id);
    expect(await ctl('revoke', '--agent', id)).toMatchObject({
      exitCode: 1,
      stderr: expect.stringMatching(/409 internal error: it was deactivated before/),
    });
  });

  it('cannot tell the terminal what to do', async () => {
    await registered('\u001b]0;owned\u0007\u009b31m\r\nfake-line');
    const { stdout } = await ctl('list-agents');

    expect(stdout).toContain('owner=\\u001b]0;owned\\u0007\\u009b31m\\u000d\\u000afake-line');
    expect(stdout).not.toMatch(/[^\P{Cc}\n]/u);
    const listed = await ctl('list-agents', '--json');
    expect(listed.stdout).not.toMatch(/[^\P{Cc}\n]/u);
    expect(JSON.parse(listed.stdout)).toContainEqual(
      expect.objectContaining({ owner: '\u001b]0;owned\u0007\u009b31m\r\nfake-line' }),
    );
  });
});

describe('session open', () => {
  it('gives a client all it needs to call a tool', async () => {
    const agent = await registered('user:opener');
    const terms = ['--intent', 'read the report', '--tools', 'echo,list', '--budget', '3'];
    const document = await json(
      ...['session', 'open', '--agent', agent, ...terms, '--time-limit', '7200'],
      ...['--rate-limit', '30', '--gateway-url', stand.url],
    );
    const { url, headers, type } = (document as unknown as ClientConfiguration).mcpServers.arbiter;

    expect(type).toBe('http');
    expect(url).toBe(`${stand.url}/mcp`);
    expect((await send(url, { headers, body: toolCall('echo') })).status).toBe(200);
    const { session_id: id } = document['session'] as Readonly<Record<string, string>>;
    expect(await json('session', 'show', String(id))).toMatchObject({
      agent_id: agent,
      declared_intent: 'read the report',
      authorized_tools: ['echo', 'list'],
      calls_made: 1,
      call_budget: 3,
      rate_limit_per_minute: 30,
    });
  });

  it('gives the client a token that lasts as long as the session', async () => {
    const { stdout } = await ctl(
      ...['session', 'open', '--owner', 'user:long', '--model', 'm', '--intent', 'read'],
      ...['--time-limit', '86400', '--json'],
    );
    const { mcpServers } = JSON.parse(stdout) as ClientConfiguration;
    const [, claims = ''] = mcpServers.arbiter.headers['Authorization']?.split('.') ?? [];
    const { exp, iat } = JSON.parse(Buffer.from(claims, 'base64url').toString()) as {
      readonly exp: number;
      readonly iat: number;
    };
    expect(exp - iat).toBeGreaterThanOrEqual(86_399);
  });

  it('registers an agent on the way, and shows both to a person', async () => {
    const { exitCode, stdout, stderr } = await ctl(
      ...['session', 'open', '--owner', 'user:new', '--model', 'm', '--intent', 'read docs'],
      ...['--path', 'files/mcp'],
    );

    expect(exitCode).toBe(0);
    expect(stderr).toMatch(new RegExp(`^Agent registered: ${UUID}$`, 'm'));
    expect(stdout).toMatch(/^Session opened:$/m);
    expect(stdout).toMatch(/^ {2}Intent: +read docs$/m);
    const block = JSON.parse(stdout.slice(stdout.indexOf('{'))) as ClientConfiguration;
    expect(block.mcpServers.arbiter.url).toBe('http://127.0.0.1:8080/files/mcp');
  });

  it.each([
    [['--intent', 'x']],
    [['--intent', 'x', '--owner', 'only']],
    [['--intent', 'x', '--agent', UNKNOWN, '--owner', 'o', '--model', 'm']],
    [['--agent', UNKNOWN]],
    [['--intent', 'x', '--agent', UNKNOWN, '--budget', 'many']],
    [['--intent', 'x', '--agent', UNKNOWN, '--gateway-url', 'localhost']],
  ])('refuses %j before it does anything', async (options: readonly string[]) => {
    expect(await ctl('session', 'open', ...options)).toMatchObject({ exitCode: 1, stdout: '' });
  });

  it('says what the server has against it', async () => {
    const agent = ['session', 'open', '--agent', await registered('user:refused')];

    expect((await ctl(...agent, '--intent', ' ')).stderr).toMatch(/400 .*empty/);
    expect((await ctl(...agent, '--intent', 'x', '--budget', '0')).stderr).toMatch(
      /400 .*positive/,
    );
    const unknown = await ctl('session', 'open', '--agent', UNKNOWN, '--intent', 'x');
    expect(unknown.stderr).toMatch(/404 .*not found/);
    expect(unknown.exitCode).toBe(1);
  });
});

it('shows and closes a session', async () => {
  const id = await opened('--budget', '5');

  const shown = (await ctl('session', 'show', id)).stdout;
  expect(shown).toMatch(/^Status: +active$/m);
  expect(shown).toMatch(/^Calls: +0 of 5$/m);

  const closed = await ctl('session', 'close', id);
  expect(closed).toMatchObject({ exitCode: 0, stderr: '' });
  expect(closed.stdout).toMatch(/^Status: +closed$/m);
  expect((await ctl('session', 'close', id)).stderr).toMatch(/409 .*: it was closed before/);
  expect((await ctl('session', 'show', UNKNOWN)).stderr).toMatch(
    /404 .*: there is no such session/,
  );
});
