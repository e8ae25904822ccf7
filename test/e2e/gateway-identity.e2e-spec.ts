import { GatewayStand } from '../support/gateway-stand';
import { type GovernedSession, send, toolCall } from '../support/governed-session';
import { refusalIn } from '../support/refusals';
import { eventually } from '../support/waiting';

const NOBODY = '00000000-0000-4000-8000-000000000000';
const call = toolCall();

const base64url = (value: object): string =>
  Buffer.from(JSON.stringify(value)).toString('base64url');

describe('D7, one header is enough', () => {
  let stand: GatewayStand;
  let session: GovernedSession;

  beforeAll(async () => {
    stand = await GatewayStand.start();
  });
  beforeEach(async () => {
    stand.upstream.reset();
    session = await stand.openSession();
  });
  afterAll(() => stand.stop());

  const post = (headers: Readonly<Record<string, string>>) =>
    send(session.endpoint, { headers, body: call });

  const agentToken = async (terms: object = {}): Promise<string> => {
    const { body } = await stand.arbiter.admin('POST', `/agents/${session.agentId}/token`, terms);
    return `Bearer ${String(body['token'])}`;
  };

  it('takes a token for both ids, and keeps it to itself', async () => {
    const answer = await post(session.bearer);

    expect(answer.status).toBe(200);
    expect(answer.headers['x-arbiter-calls-remaining']).toBe('999');
    expect(stand.upstream.last.headers).not.toHaveProperty('authorization');
  });

  it.each(['bearer', 'BEARER', 'Bearer '])('knows the scheme spelled "%s"', async (scheme) => {
    expect((await post({ authorization: `${scheme} ${session.token}` })).status).toBe(200);
  });

  it('takes a token and headers that agree', async () => {
    expect((await post({ ...session.bearer, ...session.ids })).status).toBe(200);
  });

  it.each([
    ['agent', { 'x-agent-id': NOBODY }],
    ['session', { 'x-arbiter-session': NOBODY }],
    ['agent that is no id', { 'x-agent-id': 'alice' }],
  ])('refuses a token and a header that name another %s', async (_case, headers) => {
    const answer = await post({ ...session.bearer, ...headers });

    expect(refusalIn(answer)).toMatchObject({ status: 403, code: 'SESSION_INVALID' });
    expect(await session.state()).toMatchObject({ calls_made: 0 });
    expect(stand.upstream.received).toHaveLength(0);
  });

  it('refuses the token of another agent with the ids of a session', async () => {
    const thief = await stand.openSession();

    const answer = await post({ ...thief.bearer, ...session.ids });

    expect(refusalIn(answer)).toMatchObject({ status: 403, code: 'SESSION_INVALID' });
  });

  it('takes a token that names no session for the agent alone', async () => {
    const authorization = await agentToken();

    const alone = await post({ authorization });
    const together = await post({ authorization, 'x-arbiter-session': session.sessionId });

    expect(refusalIn(alone)).toMatchObject({ status: 403, code: 'SESSION_REQUIRED' });
    expect(together.status).toBe(200);
  });

  it('refuses a token that has expired', async () => {
    const authorization = await agentToken({ expiry_seconds: 1, session_id: session.sessionId });

    const answer = await eventually('the token expires', async () => {
      const attempt = await post({ authorization });
      return attempt.status === 200 ? undefined : attempt;
    });

    expect(refusalIn(answer)).toMatchObject({ status: 401, code: 'SESSION_INVALID' });
    expect(answer.headers['www-authenticate']).toMatch(/^Bearer /);
  });

  it.each<readonly [string, (token: string) => string]>([
    ['whose signature is another', (token) => `${token.slice(0, -6)}AAAAAA`],
    [
      'that is not signed',
      (token) => `${base64url({ alg: 'none', typ: 'JWT' })}.${token.split('.')[1] ?? ''}.`,
    ],
    [
      'whose claims were changed',
      (token) => {
        const [head = '', body = '', signature = ''] = token.split('.');
        const claims = JSON.parse(Buffer.from(body, 'base64url').toString()) as object;
        return [head, base64url({ ...claims, exp: 9_999_999_999 }), signature].join('.');
      },
    ],
  ])('refuses a token of ours %s', async (_case, forge) => {
    const answer = await post({ authorization: `Bearer ${forge(session.token)}` });

    expect(refusalIn(answer)).toMatchObject({ status: 401, code: 'SESSION_INVALID' });
    expect(stand.upstream.received).toHaveLength(0);
  });

  it('leaves the tokens of others to the upstream', async () => {
    const authorization = `Bearer ${base64url({ alg: 'none' })}.${base64url({ iss: 'them' })}.x`;

    expect(refusalIn(await post({ authorization })).code).toBe('SESSION_REQUIRED');
    expect((await post({ authorization, ...session.ids })).status).toBe(200);
    expect(stand.upstream.last.headers.authorization).toBe(authorization);
  });
});

describe('require_agent_token', () => {
  it('makes the ids alone worthless', async () => {
    const stand = await GatewayStand.start({ proxy: ['require_agent_token = true'] });
    try {
      const session = await stand.openSession();

      expect(refusalIn(await session.post(call))).toMatchObject({ status: 401 });
      expect((await session.post(call, session.bearer)).status).toBe(200);
    } finally {
      await stand.stop();
    }
  });
});
