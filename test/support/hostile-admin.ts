import fc from 'fast-check';
import { weirdValue } from './hostile-bodies';

/** A call of the admin API that is right but for what was made wrong. */
export interface HostileCall {
  readonly path: string;
  readonly body: Readonly<Record<string, unknown>>;
}

export interface KnownIds {
  readonly agentId: string;
  readonly sessionId: string;
}

type Fields = Readonly<Record<string, unknown>>;

const AGENT: Fields = {
  owner: 'user:alice',
  model: 'm',
  capabilities: ['read'],
  trust_level: 'basic',
  expires_at: null,
};

const sessionOf = (agentId: string): Fields => ({
  agent_id: agentId,
  declared_intent: 'read the report',
  delegation_chain_snapshot: [],
  authorized_tools: [],
  authorized_credentials: null,
  time_limit_secs: 60,
  call_budget: 10,
  rate_limit_per_minute: null,
  rate_limit_window_secs: null,
  data_sensitivity_ceiling: 'internal',
});

const EXPLANATION: Fields = {
  declared_intent: 'read',
  tool: 'echo',
  arguments: {},
  principal: 'user:alice',
};

const POLICY = '[[policies]]\nid = "a"\neffect = "deny"\nallowed_tools = ["x"]\n';

/** A policy file with hostile text in the places where a text goes. */
const policyToml = fc
  .tuple(fc.string({ unit: 'binary', maxLength: 30 }), fc.constantFrom('id', 'regex', 'keywords'))
  .map(([text, place]) => {
    const value = JSON.stringify(text);
    if (place === 'id') return POLICY.replace('"a"', value);
    const match = place === 'regex' ? `regex = ${value}` : `keywords = [${value}]`;
    return `${POLICY}intent_match = { ${match} }\n`;
  });

/** Right fields, of which some are missing, some have another value, and some are unknown. */
const spoiled = (fields: Fields): fc.Arbitrary<Fields> =>
  fc
    .record({
      replaced: fc.dictionary(fc.constantFrom(...Object.keys(fields)), weirdValue, { maxKeys: 3 }),
      removed: fc.subarray(Object.keys(fields), { maxLength: 1 }),
      added: fc.dictionary(fc.string({ maxLength: 10 }), weirdValue, { maxKeys: 1 }),
    })
    .map(({ replaced, removed, added }) =>
      Object.fromEntries(
        Object.entries({ ...fields, ...added, ...replaced }).filter(
          ([name]) => !removed.includes(name),
        ),
      ),
    );

const segment = (known: string): fc.Arbitrary<string> =>
  fc.oneof(
    { weight: 4, arbitrary: fc.constant(known) },
    fc.string({ unit: 'binary', minLength: 1, maxLength: 40 }).map((text) => encoded(text)),
    fc.constantFrom('%zz', '%00', '..%2f', '0', '-1', '1e9', known.toUpperCase(), `{${known}}`),
  );

const encoded = (text: string): string => encodeURIComponent(text.toWellFormed());

const at = (
  path: fc.Arbitrary<string> | string,
  body: fc.Arbitrary<Fields>,
): fc.Arbitrary<HostileCall> =>
  fc.record({ path: typeof path === 'string' ? fc.constant(path) : path, body });

/** Wrong types and values in every field of every route that takes a body, and in every path. */
export const hostileCall = ({ agentId, sessionId }: KnownIds): fc.Arbitrary<HostileCall> =>
  fc.oneof(
    at('/agents', spoiled(AGENT)),
    at('/sessions', spoiled(sessionOf(agentId))),
    at(
      segment(agentId).map((id) => `/agents/${id}/token`),
      spoiled({ expiry_seconds: 60, session_id: sessionId }),
    ),
    at('/policy/explain', spoiled({ ...EXPLANATION, agent_id: agentId })),
    at('/policy/validate', spoiled({ policy_toml: POLICY })),
    at(
      '/policy/validate',
      policyToml.map((text) => ({ policy_toml: text })),
    ),
    at(fc.constantFrom('/policy/reload', '/admin/policies/reload'), spoiled({ x: 1 })),
    at(
      segment('nothing').map((name) => `/projections/${name}/rebuild`),
      spoiled({ x: 1 }),
    ),
    at(
      fc
        .string({ unit: 'binary', minLength: 1, maxLength: 20 })
        .map((text) => `/events/${encoded(`x${text}`)}/erase`),
      spoiled({ reason: 'a test' }),
    ),
    at(
      fc
        .string({ unit: 'binary', minLength: 1, maxLength: 40 })
        .map((text) => `/sessions/${encoded(text)}/close`),
      fc.constant({}),
    ),
  );

/** What can be asked with GET. */
export const hostileQuery = ({ agentId, sessionId }: KnownIds): fc.Arbitrary<string> =>
  fc.oneof(
    fc
      .dictionary(
        fc.oneof(
          { weight: 5, arbitrary: fc.constantFrom('after', 'limit', 'stream', 'type') },
          fc.string({ maxLength: 6 }),
        ),
        fc.oneof(
          fc.string({ unit: 'binary', maxLength: 20 }),
          fc.double().map(String),
          fc.maxSafeInteger().map(String),
          fc.constantFrom('agent/', '%', '_', `session/${sessionId}`, '9'.repeat(400), '1e3', ' 1'),
        ),
        { maxKeys: 5 },
      )
      .map((query) => {
        const pairs = Object.entries(query).map(
          ([name, value]) => `${encoded(name)}=${encoded(value)}`,
        );
        return `/events?${pairs.join('&')}`;
      }),
    segment(agentId).map((id) => `/agents/${id}`),
    segment(sessionId).map((id) => `/sessions/${id}`),
  );
