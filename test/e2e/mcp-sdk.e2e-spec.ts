import { ArbiterProcess } from '../support/arbiter-process';
import { gatewayToml, GovernedSession } from '../support/governed-session';
import { startEverything, type McpUpstream } from '../support/mcp-upstreams';
import {
  connectClient,
  connectNegotiating,
  connectSdk,
  httpFailureOf,
  type ClientAnswers,
  type Connect,
  type StockClient,
} from '../support/stock-clients';
import { deferred, within } from '../support/waiting';

const ALLOWED = [
  'echo',
  'get-sum',
  'trigger-long-running-operation',
  'trigger-sampling-request',
  'trigger-elicitation-request',
  'get-roots-list',
];

const POLICIES = `[[policy.policies]]
id = "demonstration"
effect = "allow"
allowed_tools = ${JSON.stringify([...ALLOWED, 'resources/read', 'prompts/get'])}

[[policy.policies]]
id = "no-pictures"
effect = "deny"
allowed_tools = ["get-tiny-image"]`;

const TEXT_RESOURCE = 'demo://resource/dynamic/text/1';
const START_TIMEOUT_MS = 30_000;
const ASKED_WITHIN_MS = 10_000;

describe.each<readonly [name: string, connect: Connect]>([
  ['sdk 1.x', connectSdk],
  ['client 2.x', connectClient],
  ['client 2.x, negotiating the protocol revision', connectNegotiating],
])('a stock MCP client (%s) behind the gateway', (_name, connect) => {
  let upstream: McpUpstream;
  let arbiter: ArbiterProcess;
  const clients: StockClient[] = [];

  beforeAll(async () => {
    upstream = await startEverything();
    arbiter = await ArbiterProcess.start({
      toml: gatewayToml({ upstreamUrl: upstream.url, sections: [POLICIES] }),
    });
  }, START_TIMEOUT_MS);

  afterEach(async () => {
    await Promise.all(clients.splice(0).map((client) => client.close()));
  });

  afterAll(async () => {
    // First what always exists here: the gateway may not have come up.
    await upstream.close();
    await arbiter.dispose();
  });

  const openSession = (terms: object = {}) => GovernedSession.open(arbiter, { session: terms });

  const connected = async (session: GovernedSession, answers?: ClientAnswers) => {
    const client = await connect(session.endpoint, session.bearer, answers);
    clients.push(client);
    return client;
  };

  const client = async (answers?: ClientAnswers) => connected(await openSession(), answers);

  it('sees the tools that a rule allows, and no others', async () => {
    const names = await (await client()).toolNames();

    expect([...names].sort()).toEqual(['echo', 'get-sum', 'trigger-long-running-operation']);
  });

  it('sees of those only what its session authorizes', async () => {
    const session = await openSession({ authorized_tools: ['get-sum', 'get-tiny-image'] });

    expect(await (await connected(session)).toolNames()).toEqual(['get-sum']);
  });

  it('calls a tool', async () => {
    const answer = await (await client()).call('get-sum', { a: 40, b: 2 });

    expect(answer).toEqual({ isError: false, text: expect.stringContaining('42') });
  });

  it('passes the error of a tool on as the server said it', async () => {
    const answer = await (await client()).call('get-sum', { a: 'forty', b: 2 });

    expect(answer.isError).toBe(true);
  });

  it('lists and reads resources', async () => {
    const reader = await client();

    expect(await reader.resourceUris()).not.toHaveLength(0);
    expect(await reader.resourceTemplates()).not.toHaveLength(0);
    expect(await reader.readResource(TEXT_RESOURCE)).toContain('plaintext resource');
  });

  it('gets a prompt with its arguments', async () => {
    expect(await (await client()).prompt('args-prompt', { city: 'Ghent' })).toContain('Ghent');
  });

  it('completes an argument and pings', async () => {
    const asking = await client();

    expect(await asking.complete('completable-prompt', 'department', 'E')).toEqual(['Engineering']);
    expect(await asking.ping()).toBeDefined();
  });

  it('is told of progress before it has the result', async () => {
    const told: string[] = [];
    const slow = await client();

    const result = await slow.call(
      'trigger-long-running-operation',
      { duration: 0.3, steps: 3 },
      ({ progress, total }) => told.push(`${progress} of ${String(total)}`),
    );
    told.push('result');

    expect(result.text).toContain('completed');
    expect(told).toEqual(['1 of 3', '2 of 3', '3 of 3', 'result']);
  });

  it('answers a sampling request of the server in the middle of a call', async () => {
    const prompts: string[] = [];
    const sampling = await client({
      sample: (prompt) => {
        prompts.push(prompt);
        return 'the owl is grey';
      },
    });

    const result = await sampling.call('trigger-sampling-request', { prompt: 'which owl?' });

    expect(prompts).toEqual([expect.stringContaining('which owl?')]);
    expect(result.text).toContain('the owl is grey');
  });

  it('answers an elicitation request of the server in the middle of a call', async () => {
    const eliciting = await client({ elicit: () => ({ name: 'Ada Lovelace' }) });

    const result = await eliciting.call('trigger-elicitation-request');

    expect(result.text).toContain('Ada Lovelace');
  });

  it('can show its user why a tool is denied', async () => {
    const denied = await client();

    const byRule = await httpFailureOf(denied.call('get-tiny-image'));
    const byDefault = await httpFailureOf(denied.call('get-env'));

    expect(byRule).toEqual({ status: 403, message: expect.stringContaining('no-pictures') });
    expect(byDefault).toEqual({ status: 403, message: expect.stringContaining('deny-by-default') });
  });

  it('pays for calls and not for the protocol', async () => {
    const session = await openSession({ call_budget: 2 });
    const paying = await connected(session);
    await paying.toolNames();
    await paying.ping();
    await paying.resourceUris();
    expect(await session.state()).toMatchObject({ calls_made: 0, call_budget: 2 });

    await paying.call('echo', { message: 'one' });
    await paying.readResource(TEXT_RESOURCE);

    expect(await session.state()).toMatchObject({ calls_made: 2, calls_remaining: 0 });
    const refused = await httpFailureOf(paying.call('echo', { message: 'three' }));
    expect(refused).toEqual({ status: 429, message: expect.stringContaining('budget') });
    expect(await paying.toolNames()).toContain('echo');
  });

  it('is refused with 410 once its session is closed', async () => {
    const session = await openSession();
    const late = await connected(session);
    await session.close();

    const refused = await httpFailureOf(late.call('echo', { message: 'anybody?' }));

    expect(refused).toEqual({ status: 410, message: expect.stringContaining('closed') });
    expect(await httpFailureOf(late.ping())).toMatchObject({ status: 410 });
  });

  it('is refused with 401 when its token is not one of ours any more', async () => {
    const session = await openSession();
    const forged = `${session.bearer.authorization.slice(0, -4)}AAAA`;

    const refused = await httpFailureOf(connect(session.endpoint, { authorization: forged }));

    expect(refused).toMatchObject({ status: 401 });
    expect(await session.state()).toMatchObject({ calls_made: 0 });
  });
});

describe.each<readonly [name: string, connect: Connect]>([
  ['sdk 1.x', connectSdk],
  ['client 2.x', connectClient],
])('a stock MCP client (%s) with an event stream of its own', (_name, connect) => {
  let upstream: McpUpstream;
  let arbiter: ArbiterProcess;

  beforeAll(async () => {
    upstream = await startEverything();
    const proxy = ['deny_non_post_methods = false'];
    const sections = [POLICIES];
    const toml = gatewayToml({ upstreamUrl: upstream.url, proxy, sections });
    arbiter = await ArbiterProcess.start({ toml });
  }, START_TIMEOUT_MS);

  afterAll(async () => {
    // First what always exists here: the gateway may not have come up.
    await upstream.close();
    await arbiter.dispose();
  });

  it('is asked for its roots on the stream that it opened with GET', async () => {
    const session = await GovernedSession.open(arbiter);
    const rootUri = 'file:///srv/reports';
    const asked = deferred<undefined>();
    const answers = {
      rootUri: () => {
        asked.resolve(undefined);
        return rootUri;
      },
    };
    const client = await connect(session.endpoint, session.bearer, answers);

    // The server asks a while after it has been initialized, on whatever stream there is by then.
    await within(ASKED_WITHIN_MS, asked.promise, 'the server did not ask for the roots');
    const { text } = await client.call('get-roots-list');
    await client.close();

    expect(text).toContain(rootUri);
  });
});
