import fc from 'fast-check';

/** A request body, and what it says that it is. */
export interface HostileBody {
  readonly bytes: Buffer;
  readonly contentType: string | undefined;
}

const textBody = (text: string): Buffer => Buffer.from(text, 'utf8');

/** Names that mean something to JavaScript, and must mean nothing to us. */
const trickyName = fc.constantFrom(
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'valueOf',
  'hasOwnProperty',
  'then',
  'toJSON',
  'length',
  '',
  '\u0000',
  'ｍethod',
);

const trickyText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  trickyName,
  fc.constantFrom(
    '\u202e\ufeff',
    '../../etc/passwd',
    "'; DROP TABLE events; --",
    '${CRED:x}',
    '\r\nx-arbiter-admin: 1',
    'x'.repeat(10_000),
    '🦉'.repeat(200),
    '00000000-0000-0000-0000-000000000000',
    'NaN',
    '9999-99-99T99:99:99Z',
    '+275760-09-13T00:00:00.001Z',
  ),
);

const trickyNumber = fc.oneof(
  fc.double(),
  fc.maxSafeInteger(),
  fc.constantFrom(-1, -0, 0, 1e308, 2 ** 53, 2 ** 63, 1.5, Number.MIN_VALUE),
);

/** Any value of the wrong kind for nearly every field. */
export const weirdValue: fc.Arbitrary<unknown> = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    trickyText,
    trickyNumber,
    fc.constantFrom(null, true, false),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(fc.oneof(trickyName, fc.string({ maxLength: 8 })), tie('value'), { maxKeys: 4 }),
  ),
})).value;

const METHODS = [
  'tools/call',
  'tools/list',
  'resources/read',
  'resources/subscribe',
  'prompts/get',
  'initialize',
  'ping',
  'notifications/initialized',
  'completion/complete',
  'logging/setLevel',
] as const;

const mostly = <T>(right: fc.Arbitrary<T>): fc.Arbitrary<unknown> =>
  fc.oneof({ weight: 6, arbitrary: right }, { weight: 1, arbitrary: weirdValue });

const params = fc.record(
  {
    name: mostly(fc.constantFrom('echo', 'delete_file', 'a'.repeat(257), 'tool with spaces')),
    arguments: mostly(fc.dictionary(fc.string({ maxLength: 8 }), weirdValue, { maxKeys: 4 })),
    uri: mostly(fc.constantFrom('file:///etc/passwd', 'demo://a', 'JaVaScRiPt:alert(1)')),
    _meta: weirdValue,
  },
  { requiredKeys: [] },
);

const message = fc.record(
  {
    jsonrpc: mostly(fc.constant('2.0')),
    id: mostly(fc.oneof(fc.nat(), fc.string({ maxLength: 20 }))),
    method: mostly(fc.constantFrom(...METHODS)),
    params: mostly(params),
    result: weirdValue,
    error: weirdValue,
  },
  { requiredKeys: ['jsonrpc', 'method'] },
);

const mcpText = fc
  .oneof({ weight: 4, arbitrary: message }, fc.array(mostly(message), { maxLength: 8 }))
  .map((value) => JSON.stringify(value));

const jsonText = weirdValue.map((value) => JSON.stringify(value));

/** Levels of nesting around the limit and far beyond it, closed or not. */
const nestedText = fc
  .tuple(
    fc.constantFrom('[', '{"a":', '[{"jsonrpc":"2.0","method":"ping","params":'),
    fc.oneof(fc.integer({ min: 120, max: 135 }), fc.integer({ min: 1_000, max: 20_000 })),
    fc.boolean(),
  )
  .map(([opening, depth, isClosed]) => {
    const closing = opening === '[' ? ']' : opening.startsWith('[') ? '}]' : '}';
    return `${opening.repeat(depth)}1${isClosed ? closing.repeat(depth) : ''}`;
  });

/** Literals that a parser may choke on, in the place of a value. */
const literalText = fc
  .tuple(
    fc.constantFrom(
      '1e400',
      '-1e999999',
      '9'.repeat(5_000),
      `0.${'0'.repeat(5_000)}1`,
      '1E+00000000000000000001',
      '-0',
      '01',
      '0x10',
      'NaN',
      'undefined',
      String.raw`"\ud800"`,
      String.raw`"\udc00\ud800"`,
      String.raw`"\u0000"`,
      '"\u0000"',
      '"\n"',
      '{"__proto__":{"polluted":true}}',
      '{"constructor":{"prototype":{"polluted":true}}}',
      '{"a":1,"a":2}',
    ),
    fc.constantFrom('id', 'method', 'params', 'arguments', 'owner', 'call_budget', 'agent_id'),
  )
  .map(
    ([literal, member]) =>
      `{"jsonrpc":"2.0","id":1,"method":"tools/call","${member}":${literal},` +
      `"params":{"name":"echo","arguments":${literal}}}`,
  );

/** A text with something cut out of it or put into it. */
const damaged = (text: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc
    .tuple(text, fc.double({ min: 0, max: 1, noNaN: true }), fc.string({ maxLength: 3 }))
    .map(([whole, place, inserted]) => {
      const at = Math.floor(whole.length * place);
      return inserted === ''
        ? whole.slice(0, at)
        : `${whole.slice(0, at)}${inserted}${whole.slice(at)}`;
    });

const contentType = fc.oneof(
  { weight: 8, arbitrary: fc.constant('application/json') },
  fc.constantFrom(
    undefined,
    'text/plain',
    'application/json; charset=utf-16',
    'application/vnd.api+json',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    '/',
    'a'.repeat(500),
  ),
);

export const hostileBody: fc.Arbitrary<HostileBody> = fc.record({
  bytes: fc.oneof(
    { weight: 5, arbitrary: mcpText.map(textBody) },
    { weight: 3, arbitrary: jsonText.map(textBody) },
    { weight: 2, arbitrary: damaged(fc.oneof(mcpText, jsonText)).map(textBody) },
    { weight: 2, arbitrary: literalText.map(textBody) },
    { weight: 1, arbitrary: nestedText.map(textBody) },
    { weight: 2, arbitrary: fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)) },
    { weight: 1, arbitrary: jsonText.map((text) => textBody(`\ufeff${text}`)) },
  ),
  contentType,
});
