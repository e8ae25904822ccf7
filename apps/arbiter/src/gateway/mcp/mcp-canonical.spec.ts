import { parseMcpBody, type ParsedBody } from './mcp-body.parser';

const extraMethods: ReadonlySet<string> = new Set();

/** Fails the test when the body is not MCP. */
const accepted = (body: string | object): Extract<ParsedBody, { kind: 'mcp' }> => {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const parsed = parseMcpBody(Buffer.from(text), { extraMethods });
  if (parsed.kind !== 'mcp') throw new Error(JSON.stringify(parsed));
  return parsed;
};

const call = (params: object): object => ({ jsonrpc: '2.0', id: 1, method: 'tools/call', params });
const ping = { jsonrpc: '2.0', id: 1, method: 'ping' };
const canonical = (body: string | object): string => accepted(body).canonical.toString();
const first = (body: string | object) => accepted(body).messages[0];

describe('the canonical body (S9.5a)', () => {
  it('keeps every member, compactly', () => {
    const body = {
      ...call({
        name: 'a',
        arguments: { b: [1, null, 'é😀'] },
        _meta: { progressToken: 1 },
        cursor: 'c',
      }),
      vendor: { x: true },
    };
    expect(canonical(JSON.stringify(body, null, 2))).toBe(JSON.stringify(body));
  });

  it('keeps the last of duplicates, and judges it', () => {
    const body =
      '{"jsonrpc":"2.0","id":1,"method":"ping","method":"tools/call",' +
      '"params":{"name":"safe","name":"rm","arguments":{"a":1,"a":2}}}';
    expect(first(body)).toMatchObject({ tool: 'rm', arguments: { a: 2 } });
    expect(canonical(body)).toBe(
      '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"rm","arguments":{"a":2}}}',
    );
  });

  it('keeps the digits of numbers that a double cannot hold', () => {
    const body =
      '{"jsonrpc":"2.0","id":9007199254740993,"method":"tools/call",' +
      '"params":{"name":"a","arguments":{"n":12345678901234567890,"p":1.00}}}';
    expect(canonical(body)).toBe(body);
    expect(first(body)).toMatchObject({ id: 9007199254740992, arguments: { p: 1 } });
  });

  it('treats prototype keys as data', () => {
    const body =
      '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"a",' +
      '"arguments":{"__proto__":{"admin":true},"constructor":{"prototype":{"admin":true}}}}}';
    expect(canonical(body)).toBe(body);
    expect(Object.keys(first(body)?.arguments as object)).toEqual(['__proto__', 'constructor']);
    expect(first(body)?.arguments).not.toHaveProperty('admin');
    expect({}).not.toHaveProperty('admin');
  });

  it.each([
    ['id null', { ...ping, id: null }, { jsonrpc: '2.0', method: 'ping' }],
    ['params that are a list', { ...ping, params: [1] }, ping],
    ['params that are null', { ...ping, params: null }, ping],
    ['params that are text', { ...ping, params: 'x' }, ping],
    ['the result of a request', { ...ping, result: {}, error: {} }, ping],
    [
      'the params of a result',
      { jsonrpc: '2.0', id: 1, result: 0, params: {} },
      { jsonrpc: '2.0', id: 1, result: 0 },
    ],
    ['a second spelling of method', { ...ping, Method: 'tools/call', METHOD: 1 }, ping],
    ['a folded spelling of params', { ...ping, paramſ: { name: 'x' } }, ping],
    [
      'a second spelling of name',
      call({ name: 'a', Name: 'b', ARGUMENTS: {} }),
      call({ name: 'a' }),
    ],
  ])('does not forward %s', (_case, sent, forwarded) => {
    expect(canonical([sent, ping])).toBe(JSON.stringify([forwarded, ping]));
  });

  it('forwards arguments of any type as judged', () => {
    for (const value of [null, 0, 'x', [1], false]) {
      expect(first(call({ name: 'a', arguments: value }))?.arguments).toEqual(value);
      expect(canonical(call({ name: 'a', arguments: value }))).toContain(JSON.stringify(value));
    }
    expect(first(call({ name: 'a' }))?.arguments).toBeUndefined();
  });
});
