import fc from 'fast-check';
import { Agent, request } from 'undici';
import { ADMIN_KEY, startControlPlane, type ControlPlane } from './control-plane.harness';

const RUNS = 250;
const AT_ONCE = 20;
const TIMEOUT_MS = 60_000;

const FIELDS = [
  'owner',
  'model',
  'capabilities',
  'trust_level',
  'expires_at',
  'expiry_seconds',
  'session_id',
  'agent_id',
  'declared_intent',
  'delegation_chain_snapshot',
  'authorized_tools',
  'authorized_credentials',
  'time_limit_secs',
  'call_budget',
  'rate_limit_per_minute',
  'rate_limit_window_secs',
  'data_sensitivity_ceiling',
  'tool',
  'arguments',
  'principal',
  'policy_toml',
  'reason',
  '__proto__',
  'constructor',
  'toString',
];

interface Sent {
  readonly path: string;
  readonly body: string;
  readonly method: 'POST' | 'DELETE' | 'PUT';
  readonly type: string;
  readonly key: string;
}

const ROUTES = [
  ['agents', 'token'],
  ['sessions', 'close'],
  ['events', 'erase'],
  ['projections', 'rebuild'],
] as const;

describe('whatever is sent to the control plane', () => {
  let arbiter: ControlPlane;
  let known: readonly string[];
  const connections = new Agent({ connections: AT_ONCE });

  beforeAll(async () => {
    arbiter = await startControlPlane();
    const agentId = await arbiter.registerAgent();
    known = [agentId, await arbiter.openSession(agentId)];
  });
  afterAll(async () => {
    await connections.destroy();
    await arbiter.stop();
  });

  const id = fc.oneof(
    fc.nat({ max: 1 }).map((n) => known[n] ?? ''),
    fc.uuid(),
    fc.string().map(encodeURIComponent),
  );
  const path = fc.oneof(
    fc.constantFrom('/agents', '/sessions', '/policy/explain', '/policy/validate'),
    fc.constantFrom('/policy/reload', '/admin/policies/reload', '/nothing', '/events/1/erase'),
    fc.tuple(fc.constantFrom(...ROUTES), id).map(([[of, verb], text]) => `/${of}/${text}/${verb}`),
  );
  const value = fc.oneof(
    { weight: 3, arbitrary: fc.jsonValue() },
    fc.constantFrom<unknown>(...['', ' ', '\ud800', 'x'.repeat(300), 'internal', 'basic', 'a = ']),
    fc.constantFrom<unknown>(...[-1, 0, 1, 60, 1.5, 2 ** 53, 1e308, -0, null, true, [], {}]),
    fc.nat({ max: 1 }).map((n) => known[n]),
    fc.string({ unit: 'binary' }),
  );
  // Written by hand, so that a name may come twice and none means anything special.
  const member = fc
    .tuple(fc.constantFrom(...FIELDS), value)
    .map(([name, content]) => `"${name}":${JSON.stringify(content ?? null)}`);
  // Of a name that comes twice the last counts: this makes sense until something else is added.
  const sensible = fc.nat({ max: 1 }).map((n) => {
    const text = JSON.stringify({
      owner: 'alice',
      model: 'm',
      agent_id: known[n],
      declared_intent: 'x',
      tool: 't',
      policy_toml: '',
      reason: 'r',
    });
    return text.slice(1, -1);
  });
  const members = fc
    .tuple(fc.oneof(sensible, member), fc.array(member, { maxLength: 4 }))
    .map(([start, more]) => `{${[start, ...more].join(',')}}`);
  const body = fc.oneof(
    { weight: 5, arbitrary: members },
    fc.json(),
    fc.string({ unit: 'binary' }),
    fc.constantFrom('[1e999]', '{"a":', '['.repeat(5_000), '\ufeff{}', '{"a":1}{"b":2}'),
  );
  const sent: fc.Arbitrary<Sent> = fc.record({
    path,
    body,
    method: fc.constantFrom<Sent['method'][]>('POST', 'POST', 'POST', 'POST', 'DELETE', 'PUT'),
    type: fc.constantFrom('application/json', 'application/json', 'text/plain', 'application/'),
    key: fc.constantFrom(ADMIN_KEY, ADMIN_KEY, ADMIN_KEY, ADMIN_KEY, 'wrong'),
  });

  it(
    'the answer is never a defect, and has the one shape',
    async () => {
      const outcome = async ({ path, body, method, type, key }: Sent) => {
        const answer = await request(`http://127.0.0.1:${arbiter.port}${path}`, {
          method,
          body,
          headers: { 'x-api-key': key, 'content-type': type },
          dispatcher: connections,
        });
        return { status: answer.statusCode, text: await answer.body.text() };
      };
      const seen = new Set<number>();
      await fc.assert(
        fc.asyncProperty(
          fc.array(sent, { minLength: AT_ONCE, maxLength: AT_ONCE }),
          async (batch) => {
            for (const { status, text } of await Promise.all(batch.map(outcome))) {
              seen.add(status);
              expect(status).toBeLessThan(500);
              const hasNoBody = status < 400 || status === 404 || status === 405;
              expect(hasNoBody || /^\{"error":".+"\}$/.test(text)).toBe(true);
            }
          },
        ),
        { numRuns: RUNS },
      );
      for (const status of [200, 201, 400, 401, 404, 405, 409, 415, 422])
        expect(seen).toContain(status);
      expect(arbiter.lines.filter(({ level }) => level === 'error')).toEqual([]);
      await arbiter.admin().get('/agents').expect(200);
    },
    TIMEOUT_MS,
  );
});
