import fc from 'fast-check';
import { Pool } from 'undici';
import { GatewayStand } from '../support/gateway-stand';
import { ALLOW_ALL, type Answer, type GovernedSession } from '../support/governed-session';
import { hostileCall, hostileQuery } from '../support/hostile-admin';
import { hostileBody, type HostileBody } from '../support/hostile-bodies';
import { refusalIn } from '../support/refusals';

const BATCH = 100;
const BODIES = 10_000;
const CALLS = 2_000;
const QUERIES = 1_000;
const CONNECTIONS = 32;
const TIMEOUT_MS = 180_000;
const SHOWN_CHARACTERS = 300;

const UNLIMITED_SESSIONS = '[sessions]\nmax_concurrent_sessions_per_agent = -1';

/** Routes that take a body; each of the bodies goes to one of them and to the gateway. */
const ROUTES = ['/agents', '/sessions', '/policy/explain', '/policy/validate'] as const;

interface Asked {
  readonly method?: string;
  readonly path: string;
  readonly body?: Buffer | string;
  readonly headers: Readonly<Record<string, string>>;
}

describe('whatever is sent', () => {
  let stand: GatewayStand;
  let session: GovernedSession;
  let gateway: Pool;
  let control: Pool;

  beforeAll(async () => {
    stand = await GatewayStand.start({ sections: [ALLOW_ALL, UNLIMITED_SESSIONS] });
    session = await stand.openSession({ call_budget: 1_000_000 });
    gateway = new Pool(stand.url, { connections: CONNECTIONS });
    control = new Pool(stand.arbiter.controlUrl, { connections: CONNECTIONS });
  });
  afterEach(async () => {
    // It is still there, can still write, and none of its own code has failed.
    const { status, text } = await ask(gateway, { method: 'GET', path: '/health', headers: {} });
    if (status !== 200) throw new Error(`/health answered ${status}: ${text}`);
    if (stand.arbiter.child.exitCode !== null) throw new Error('The server has ended.');
    const defects = stand.arbiter.lines.filter((line) => /"level":"(error|fatal)"/.test(line));
    if (defects.length > 0) throw new Error(defects.join('\n'));
  });
  afterAll(async () => {
    await gateway.destroy();
    await control.destroy();
    await stand.stop();
  });

  const admin = (asked: Omit<Asked, 'headers'>, contentType?: string): Promise<Answer> =>
    ask(control, {
      ...asked,
      headers: {
        'x-api-key': stand.arbiter.adminKey,
        ...(contentType !== undefined && { 'content-type': contentType }),
      },
    });

  const judgeBody = async (
    { bytes: body, contentType }: HostileBody,
    index: number,
  ): Promise<readonly string[]> => {
    const headers = {
      ...session.ids,
      ...(contentType !== undefined && { 'content-type': contentType }),
    };
    const path = ROUTES[index % ROUTES.length] ?? '/agents';
    const [proxied, managed] = await Promise.all([
      ask(gateway, { path: '/mcp', body, headers }),
      admin({ path, body }, contentType),
    ]);
    return [...proxyProblems(proxied), ...adminProblems(managed)].map(
      (problem) => `${problem} for ${path} and ${JSON.stringify(shown(body))}`,
    );
  };

  it(
    `answers ${BODIES} hostile bodies on both listeners, and never with a failure of its own`,
    async () => {
      const property = fc.asyncProperty(
        fc.array(hostileBody, { minLength: BATCH, maxLength: BATCH, size: 'max' }),
        async (bodies) => {
          const problems = await Promise.all(bodies.map(judgeBody));
          expect(problems.flat()).toEqual([]);
        },
      );

      await fc.assert(property, { numRuns: BODIES / BATCH, endOnFailure: true });

      // Some of it is good enough to be forwarded, or this would test the parser alone.
      expect(stand.upstream.received.length).toBeGreaterThan(BODIES / 50);
      expect(await session.state()).toMatchObject({ status: 'active' });
    },
    TIMEOUT_MS,
  );

  it(
    'answers wrong values in every field of the admin API with a status that says so',
    async () => {
      const property = fc.asyncProperty(
        fc.array(hostileCall(session), { minLength: BATCH, maxLength: BATCH, size: 'max' }),
        async (calls) => {
          const problems = await Promise.all(
            calls.map(async ({ path, body }) =>
              adminProblems(
                await admin({ path, body: JSON.stringify(body) }, 'application/json'),
              ).map((problem) => `${problem} for ${path} and ${JSON.stringify(body)}`),
            ),
          );
          expect(problems.flat()).toEqual([]);
        },
      );

      await fc.assert(property, { numRuns: CALLS / BATCH, endOnFailure: true });
    },
    TIMEOUT_MS,
  );

  it(
    'answers questions that make no sense',
    async () => {
      const property = fc.asyncProperty(
        fc.array(hostileQuery(session), { minLength: BATCH, maxLength: BATCH, size: 'max' }),
        async (paths) => {
          const problems = await Promise.all(
            paths.map(async (path) =>
              adminProblems(await admin({ method: 'GET', path })).map(
                (problem) => `${problem} for ${path}`,
              ),
            ),
          );
          expect(problems.flat()).toEqual([]);
        },
      );

      await fc.assert(property, { numRuns: QUERIES / BATCH, endOnFailure: true });
    },
    TIMEOUT_MS,
  );
});

const ask = async (pool: Pool, { method = 'POST', path, body, headers }: Asked) => {
  const {
    statusCode,
    headers: answered,
    body: text,
  } = await pool.request({
    method: method,
    path,
    headers,
    body: body ?? null,
  });
  return answerOf(statusCode, answered, await text.text());
};

const answerOf = (status: number, headers: Answer['headers'], text: string): Answer => ({
  status,
  headers,
  text,
  json: parsed(text),
});

/** Any refusal has the form of spec §4.6; anything else comes from the upstream. */
const proxyProblems = (answer: Answer): readonly string[] => {
  if (answer.status < 400) return [];
  if (answer.status >= 500) return [`gateway: ${answer.status} ${answer.text}`];
  try {
    refusalIn(answer);
    return [];
  } catch (error) {
    return [`gateway: ${String(error)}`];
  }
};

/** Spec §3.1: a flat text, or nothing where there is no such route. */
const adminProblems = ({ status, text, json }: Answer): readonly string[] => {
  const isSaid = typeof (json as { readonly error?: unknown } | null)?.error === 'string';
  const isRoute = status !== 404 && status !== 405;
  if (status < 400 || (status < 500 && (isSaid || (!isRoute && text === '')))) return [];
  return [`admin: ${status} ${text}`];
};

const shown = (body: Buffer): string => body.toString('latin1').slice(0, SHOWN_CHARACTERS);

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};
