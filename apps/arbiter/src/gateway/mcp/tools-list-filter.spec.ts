import fc from 'fast-check';
import { filterToolsList, filterToolsListBody } from './tools-list-filter';

const visible = (tool: string): boolean => tool !== 'rm' && !tool.startsWith('hidden');
const all = (): boolean => true;

const answer = (...tools: readonly unknown[]): object => ({
  jsonrpc: '2.0',
  id: 1,
  result: { tools, nextCursor: 'n' },
});

const filter = (value: unknown): unknown =>
  JSON.parse(filterToolsList(JSON.stringify(value), visible)) as unknown;

const failure = (work: () => unknown): unknown => {
  try {
    return work();
  } catch (error) {
    return error;
  }
};

describe('filtering a list of tools (D4)', () => {
  it('removes what is not visible and keeps everything else', () => {
    const kept = { name: 'ls', inputSchema: { type: 'object' }, _meta: { a: 1 } };
    expect(filter(answer({ name: 'rm' }, kept, { name: 'hidden' }))).toEqual(answer(kept));
    expect(filter(answer({ name: 'rm' }))).toEqual(answer());
  });

  it('removes what could not be called by its name', () => {
    const nameless = [{ name: 'a b' }, { name: 7 }, {}, null, 'ls', ['ls'], { title: 'ls' }];
    expect(filter(answer(...nameless, { name: 'ls' }))).toEqual(answer({ name: 'ls' }));
  });

  it('looks into batches, and only into results', () => {
    const others = [
      { jsonrpc: '2.0', id: 2, error: { code: 1, message: 'x' } },
      {
        jsonrpc: '2.0',
        id: 3,
        method: 'sampling/createMessage',
        params: { tools: [{ name: 'rm' }] },
      },
      {
        jsonrpc: '2.0',
        id: 4,
        result: { tools: { rm: true }, structuredContent: { tools: ['rm'] } },
      },
      null,
    ];
    expect(filter([answer({ name: 'rm' }), ...others])).toEqual([answer(), ...others]);
  });

  it('finds a key however it is escaped', () => {
    const text = String.raw`{"result":{"to\u006fls":[{"n\u0061me":"\u0072m"}]}}`;
    expect(filterToolsList(text, visible)).toBe('{"result":{"tools":[]}}');
  });

  it('keeps the digits of numbers', () => {
    const text =
      '{"id":9007199254740993,"result":{"tools":[{"name":"rm"},{"name":"ls","max":1.0}]}}';
    expect(filterToolsList(text, visible)).toBe(
      '{"id":9007199254740993,"result":{"tools":[{"name":"ls","max":1.0}]}}',
    );
  });

  it('gives back the very text when there is nothing to remove', () => {
    const text = ` {"id":12345678901234567890, "result": {"tools": [ {"name":"l\\u0073"} ]}}\n`;
    const body = Buffer.from(text);
    expect(filterToolsList(text, visible)).toBe(text);
    expect(filterToolsListBody(body, visible)).toBe(body);
  });

  it('filters bytes', () => {
    const body = Buffer.from(JSON.stringify(answer({ name: 'rm' }, { name: 'ls', title: 'é' })));
    expect(JSON.parse(filterToolsListBody(body, visible).toString())).toEqual(
      answer({ name: 'ls', title: 'é' }),
    );
  });

  it.each([
    ['half a list', Buffer.from('{"result":{"tools":[{"name":"ls"}')],
    ['nothing', Buffer.alloc(0)],
    ['what is not UTF-8', Buffer.from([0x22, 0xff, 0x22])],
    [
      'half a surrogate',
      Buffer.from(String.raw`{"result":{"tools":[{"name":"rm"}],"a":"\ud800"}}`),
    ],
    [
      'deep nesting',
      Buffer.from(`{"result":{"tools":[${'['.repeat(9_000)}${']'.repeat(9_000)}]}}`),
    ],
  ])('fails closed on %s', (_case, body) => {
    expect(failure(() => filterToolsListBody(body, visible))).toMatchObject({
      code: 'mcp.tools-list-unreadable',
      kind: 'upstream',
    });
  });

  it('shows the visible tools, in order, whatever else the answer holds', () => {
    const name = fc.constantFrom('ls', 'cat', 'rm', 'hidden_1', 'not callable');
    const tool = fc.record({ name, extra: fc.jsonValue() });
    fc.assert(
      fc.property(fc.array(tool), fc.jsonValue(), (tools, extra) => {
        const sent = { id: extra, result: { extra, tools } };
        const shown = tools.filter((item) => ['ls', 'cat'].includes(item.name));
        const text = filterToolsList(JSON.stringify(sent), visible);
        expect(text).toBe(JSON.stringify({ ...sent, result: { extra, tools: shown } }));
        expect(filterToolsList(text, all)).toBe(text);
      }),
    );
  });
});
