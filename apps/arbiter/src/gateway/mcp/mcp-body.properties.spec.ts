import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { parseMcpBody, type ParsedBody } from './mcp-body.parser';

const parse = (body: Buffer): ParsedBody => parseMcpBody(body, { extraMethods: new Set() });

/** JSON text as hostile clients write it: duplicates, blanks, escapes, numbers of every size. */
const blank = fc.constantFrom('', '', ' ', '\n', '\t\r\n ');
const escaped = (text: string): string =>
  text.replace(/./gsu, (char) =>
    char.length === 1 ? `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}` : char,
  );
const string = fc
  .tuple(
    fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom('__proto__', 'constructor', 'name', 'Name', 'uri', 'arguments', 'method'),
    ),
    fc.boolean(),
  )
  .map(([text, escape]) => (escape ? `"${escaped(text)}"` : JSON.stringify(text)));
const number = fc.oneof(
  fc.integer().map(String),
  fc.bigInt().map(String),
  fc.constantFrom('1.0', '-0', '1e2', '0.1', '9007199254740993', '1e-9', '1E400'),
);
const scalar = fc.oneof(
  string,
  number,
  fc.constantFrom('true', 'false', 'null', String.raw`"\ud800"`),
);

const { json } = fc.letrec<{ json: string }>((tie) => ({
  json: fc.oneof(
    { maxDepth: 3, depthSize: 'small' },
    scalar,
    fc.array(tie('json'), { maxLength: 4 }).map((items) => `[${items.join(',')}]`),
    fc
      .tuple(fc.array(fc.tuple(string, blank, tie('json')), { maxLength: 4 }), blank)
      .map(
        ([members, gap]) =>
          `{${gap}${members.map((member) => member.join(':').replace('::', ':')).join(`${gap},`)}}`,
      ),
  ),
}));

const oftenOf = (...usual: readonly string[]) =>
  fc.oneof({ weight: 6, arbitrary: fc.constantFrom(...usual) }, json);

const paramsMember = fc.oneof(
  fc.tuple(fc.constant('"name"'), oftenOf('"read_file"', '"a b"')),
  fc.tuple(fc.constant('"arguments"'), json),
  fc.tuple(fc.constantFrom('"uri"', '"Uri"'), oftenOf('"demo://a"', '"FILE:///x"')),
  fc.tuple(string, json),
);
const objectOf = (members: readonly (readonly [string, string])[]): string =>
  `{${members.map(([key, value]) => `${key} : ${value}`).join(' ,\n')}}`;

const extraMember = fc.oneof(
  fc.tuple(fc.constant('"id"'), oftenOf('1', '"x"', 'null', '9007199254740993')),
  fc.tuple(fc.constant('"params"'), fc.oneof(fc.array(paramsMember).map(objectOf), json)),
  fc.tuple(fc.constantFrom('"result"', '"error"', '"Method"'), json),
  fc.tuple(string, json),
);
const message = fc
  .tuple(
    oftenOf('"tools/call"', '"resources/read"', '"prompts/get"', '"ping"', '"tools/list"'),
    fc.array(extraMember, { maxLength: 5 }),
  )
  .map(([method, members]) => objectOf([['"jsonrpc"', '"2.0"'], ['"method"', method], ...members]));
const body = fc
  .oneof(
    message,
    fc.array(message, { maxLength: 3 }).map((items) => `[${items.join(',')}]`),
  )
  .map((text) => Buffer.from(text));

describe('any body', () => {
  it('never throws on bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(parse(Buffer.from(bytes)).kind).toBe('not-mcp');
      }),
      { numRuns: 1_000 },
    );
  });

  it('never throws on a message whose bytes were disturbed', () => {
    fc.assert(
      fc.property(body, fc.nat(), fc.nat(255), (bytes, at, value) => {
        bytes[at % bytes.length] = value;
        expect(['mcp', 'not-mcp', 'too-large']).toContain(parse(bytes).kind);
      }),
      { numRuns: 1_000 },
    );
  });

  it('is forwarded as what was judged, and as nothing else', () => {
    let judged = 0;
    fc.assert(
      fc.property(body, (bytes) => {
        const parsed = parse(bytes);
        if (parsed.kind !== 'mcp') return;
        judged += 1;
        const upstream: unknown = JSON.parse(parsed.canonical.toString());
        const elements = (parsed.batch ? upstream : [upstream]) as readonly Wire[];
        expect(isDeepStrictEqual(elements.map(seenUpstream), parsed.messages.map(seenHere))).toBe(
          true,
        );
        expect(parse(parsed.canonical)).toEqual(parsed);
      }),
      { numRuns: 2_000 },
    );
    expect(judged).toBeGreaterThan(100);
  });

  it('keeps every member that the gateway has no opinion on', () => {
    const free = fc.dictionary(fc.stringMatching(/^x[\w é]{0,8}$/), fc.jsonValue());
    fc.assert(
      fc.property(free, free, fc.jsonValue(), (members, params, value) => {
        const sent = {
          jsonrpc: '2.0',
          id: 'é',
          method: 'tools/call',
          ...members,
          params: { name: 'a', arguments: value, ...params },
        };
        const parsed = parse(Buffer.from(JSON.stringify(sent, null, 1)));
        expect(parsed).toMatchObject({ kind: 'mcp' });
        expect(parsed.kind === 'mcp' && parsed.canonical.toString()).toBe(JSON.stringify(sent));
      }),
    );
  });
});

interface Wire {
  readonly id?: unknown;
  readonly method?: unknown;
  readonly params?: Readonly<Record<string, unknown>>;
}

/** What an upstream server acts on, read by a parser that knows nothing of ours. */
const seenUpstream = ({ id, method, params }: Wire): unknown => ({
  id,
  method,
  arguments: params?.['arguments'],
  tool: method === 'tools/call' ? params?.['name'] : undefined,
  uri: method === 'resources/read' ? params?.['uri'] : undefined,
});

const seenHere = (judged: Extract<ParsedBody, { kind: 'mcp' }>['messages'][number]): unknown => ({
  id: judged.id ?? undefined,
  method: judged.method ?? undefined,
  arguments: judged.arguments,
  tool: judged.tool ?? undefined,
  uri: judged.uri ?? undefined,
});
