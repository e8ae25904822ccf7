import { parseMcpBody, type ParsedBody } from './mcp-body.parser';

const extraMethods: ReadonlySet<string> = new Set(['vendor/run']);

const parse = (body: string | Buffer): ParsedBody =>
  parseMcpBody(Buffer.from(body as string), { extraMethods });

const why = (body: string | Buffer): string => {
  const parsed = parse(body);
  return parsed.kind === 'not-mcp' ? parsed.why : parsed.kind;
};

/** Fails the test when the body is not MCP. */
const accepted = (body: string | object): Extract<ParsedBody, { kind: 'mcp' }> => {
  const parsed = parse(typeof body === 'string' ? body : JSON.stringify(body));
  if (parsed.kind !== 'mcp') throw new Error(JSON.stringify(parsed));
  return parsed;
};

const call = (params: object): object => ({ jsonrpc: '2.0', id: 1, method: 'tools/call', params });
const ping = { jsonrpc: '2.0', id: 1, method: 'ping' };
const canonical = (body: string | object): string => accepted(body).canonical.toString();
const first = (body: string | object) => accepted(body).messages[0];

describe('what is not MCP (§4.4)', () => {
  it.each([
    ['nothing', '', 'empty'],
    ['blanks', ' \n ', 'invalid-json'],
    ['text', 'hello', 'invalid-json'],
    ['half a message', '{"jsonrpc":"2.0"', 'invalid-json'],
    ['two messages', `${JSON.stringify(ping)}\n${JSON.stringify(ping)}`, 'invalid-json'],
    ['a byte order mark', `\ufeff${JSON.stringify(ping)}`, 'invalid-json'],
    ['a number', '1', 'not-a-message'],
    ['a string', '"ping"', 'not-a-message'],
    ['null', 'null', 'not-a-message'],
    ['no version', '{"id":1,"method":"ping"}', 'wrong-version'],
    ['another version', '{"jsonrpc":"1.0","id":1,"method":"ping"}', 'wrong-version'],
    ['a version that is a number', '{"jsonrpc":2.0,"id":1,"method":"ping"}', 'wrong-version'],
    ['a later duplicate', '{"jsonrpc":"2.0","method":"ping","jsonrpc":1}', 'wrong-version'],
    ['a version behind the prototype', '{"__proto__":{"jsonrpc":"2.0"}}', 'wrong-version'],
    ['neither method nor result', '{"jsonrpc":"2.0","id":1}', 'not-a-message'],
    ['result and error', '{"jsonrpc":"2.0","id":1,"result":{},"error":{}}', 'not-a-message'],
    ['a result of nothing', '{"jsonrpc":"2.0","result":{}}', 'invalid-id'],
    ['method null', '{"jsonrpc":"2.0","id":1,"method":null,"result":{}}', 'unknown-method'],
    ['an unknown method', '{"jsonrpc":"2.0","id":1,"method":"tools/delete"}', 'unknown-method'],
    ['id true', '{"jsonrpc":"2.0","id":true,"method":"ping"}', 'invalid-id'],
    ['id {}', '{"jsonrpc":"2.0","id":{},"method":"ping"}', 'invalid-id'],
    [
      '257 bytes of id',
      `{"jsonrpc":"2.0","id":"${'é'.repeat(128)}x","method":"ping"}`,
      'invalid-id',
    ],
    ['an infinite number', '{"jsonrpc":"2.0","id":1e400,"method":"ping"}', 'number-out-of-range'],
    [
      'half a surrogate',
      String.raw`{"jsonrpc":"2.0","id":"\ud800","method":"ping"}`,
      'lone-surrogate',
    ],
    [
      'deep nesting',
      JSON.stringify(call({})).replace('{}', `${'['.repeat(128)}${']'.repeat(128)}`),
      'too-deep',
    ],
    ['an empty batch', '[]', 'batch-size'],
    ['101 messages', JSON.stringify(Array(101).fill(ping)), 'batch-size'],
    ['a batch in a batch', JSON.stringify([ping, [ping]]), 'not-a-message'],
    ['a stray object in a batch', JSON.stringify([ping, { id: 2 }]), 'wrong-version'],
    ['a stray scalar in a batch', JSON.stringify([ping, 1]), 'not-a-message'],
    [
      'an unknown method in a batch',
      JSON.stringify([ping, { ...ping, method: 'x' }]),
      'unknown-method',
    ],
  ])('refuses %s', (_case, body, expected) => {
    expect(why(body)).toBe(expected);
  });

  it('refuses what is not UTF-8, a raw surrogate included', () => {
    expect(why(Buffer.from([0x22, 0xff, 0x22]))).toBe('invalid-utf8');
    expect(why(Buffer.from([0x22, 0xed, 0xa0, 0x80, 0x22]))).toBe('invalid-utf8');
    expect(why(Buffer.from(JSON.stringify(ping), 'utf16le'))).not.toBe('mcp');
  });
});

describe('what is judged (§4.4, D4, D6)', () => {
  it('reads a call', () => {
    expect(first(call({ name: 'read_file', arguments: { path: '/x' } }))).toEqual({
      kind: 'request',
      method: 'tools/call',
      id: 1,
      tool: 'read_file',
      arguments: { path: '/x' },
      uri: null,
      effectiveTool: 'read_file',
      lifecycle: false,
    });
  });

  it('reads a notification, a response and a configured method', () => {
    expect(first({ jsonrpc: '2.0', id: null, method: 'notifications/initialized' })).toMatchObject({
      kind: 'notification',
      id: null,
      effectiveTool: 'notifications/initialized',
      lifecycle: true,
    });
    expect(first({ jsonrpc: '2.0', id: 'e1', result: { action: 'accept' } })).toMatchObject({
      kind: 'response',
      method: null,
      id: 'e1',
      effectiveTool: '(response)',
      lifecycle: true,
    });
    expect(first({ jsonrpc: '2.0', id: 1, error: { code: -1 } })).toMatchObject({
      kind: 'response',
    });
    expect(first({ jsonrpc: '2.0', id: 1, method: 'vendor/run' })).toMatchObject({
      effectiveTool: 'vendor/run',
      lifecycle: false,
    });
  });

  it('keeps the order and the shape of a batch', () => {
    const one = accepted([call({ name: 'a' })]);
    expect([one.batch, one.messages.length, one.canonical[0]]).toEqual([true, 1, 0x5b]);
    const hundred = accepted(Array.from({ length: 100 }, (_, id) => ({ ...ping, id })));
    expect(hundred.messages.map(({ id }) => id)).toEqual(
      Array.from({ length: 100 }, (_, id) => id),
    );
    expect(accepted(ping).batch).toBe(false);
  });

  it.each([
    ['with a blank', 'read file'],
    ['with a line break', 'read_file\n'],
    ['that is empty', ''],
    ['of 257 characters', 'a'.repeat(257)],
    ['of 10,000 characters', 'a'.repeat(10_000)],
    ['that is not ASCII', 'réad'],
    ['that is a number', 7],
    ['that is null', null],
  ])('discards a tool name %s, and does not forward it', (_case, name) => {
    const body = call({ name, arguments: { a: 1 } });
    expect(first(body)).toMatchObject({ tool: null, effectiveTool: 'tools/call' });
    expect(canonical(body)).toBe(JSON.stringify(call({ arguments: { a: 1 } })));
  });

  it('takes names for tools in tools/call only', () => {
    const body = { jsonrpc: '2.0', id: 1, method: 'prompts/get', params: { name: 'a b' } };
    expect(first(body)).toMatchObject({ tool: null, effectiveTool: 'prompts/get' });
    expect(canonical(body)).toBe(JSON.stringify(body));
    expect(first(call({ name: 'Ns:a.b/c-D_9' }))).toMatchObject({ tool: 'Ns:a.b/c-D_9' });
  });

  it.each([
    ...['file:///etc/passwd', 'FILE:///etc/passwd', ' fi\nle:///x', 'data:text/plain,x', 'file:x'],
    ...['JavaScript:alert(1)', `demo://${'x'.repeat(2042)}`],
  ])('discards the uri %j, and does not forward it', (uri) => {
    for (const method of ['resources/read', 'resources/subscribe', 'resources/unsubscribe']) {
      const body = { jsonrpc: '2.0', id: 1, method, params: { uri, _meta: {} } };
      expect(first(body)).toMatchObject({ uri: null, effectiveTool: method });
      expect(canonical(body)).toBe(JSON.stringify({ ...body, params: { _meta: {} } }));
    }
  });

  it.each([
    ...['demo://a', 'https://a/b', `http://${'x'.repeat(5000)}`, `demo://${'x'.repeat(2041)}`],
    ...['file', 'data', 'a/file:b', `x?u=demo://${'x'.repeat(3000)}`, ''],
  ])('judges the uri %j', (uri) => {
    const body = { jsonrpc: '2.0', id: 1, method: 'resources/read', params: { uri } };
    expect(first(body)).toMatchObject({ uri });
    expect(canonical(body)).toBe(JSON.stringify(body));
  });

  it('discards a uri that is not text', () => {
    const body = { jsonrpc: '2.0', id: 1, method: 'resources/read', params: { uri: ['demo://a'] } };
    expect(first(body)).toMatchObject({ uri: null });
    expect(canonical(body)).toBe(JSON.stringify({ ...body, params: {} }));
  });
});

describe('arguments that are too large (B-14)', () => {
  const filler = (bytes: number): object => ({ t: 'é'.repeat((bytes - 8) / 2) });

  it('measures compact JSON in bytes, whatever surrounds it', () => {
    expect(accepted(call({ name: 'w', arguments: filler(65_536) })).messages).toHaveLength(1);
    expect(parse(JSON.stringify(call({ name: 'w', arguments: filler(65_538) })))).toEqual({
      kind: 'too-large',
      effectiveTool: 'w',
      argumentBytes: 65_538,
    });
    expect(
      accepted(`${' '.repeat(70_000)}${JSON.stringify(call({ arguments: { a: 1 } }))}`),
    ).toBeDefined();
    expect(accepted(call({ name: 'w', _meta: filler(70_000) })).messages).toHaveLength(1);
  });

  it('looks at every element of a batch and at every method', () => {
    const get = { ...call({ arguments: filler(70_000) }), method: 'prompts/get' };
    expect(why(JSON.stringify([ping, get]))).toBe('too-large');
  });

  it('measures numbers as they are forwarded', () => {
    const numbers = `[${'1.0,'.repeat(16_390)}1]`;
    expect(why(JSON.stringify(call({ arguments: 'N' })).replace('"N"', numbers))).toBe('too-large');
  });
});
