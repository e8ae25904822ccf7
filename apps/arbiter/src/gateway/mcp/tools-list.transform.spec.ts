import { once } from 'node:events';
import { createParser, type EventSourceMessage } from 'eventsource-parser';
import fc from 'fast-check';
import { createToolsListTransform } from './tools-list.transform';

const EVENT_BYTES_MAX = 4_096;
const visible = (tool: string): boolean => tool !== 'rm';
const all = (): boolean => true;

const open = (isVisible = visible, eventBytesMax = EVENT_BYTES_MAX) =>
  createToolsListTransform({ visible: isVisible, eventBytesMax });

const through = async (chunks: readonly Buffer[], isVisible = visible): Promise<string> => {
  const stream = open(isVisible);
  const received: Buffer[] = [];
  stream.on('data', (chunk: Buffer) => received.push(chunk));
  for (const chunk of chunks) stream.write(chunk);
  stream.end();
  await once(stream, 'end');
  return Buffer.concat(received).toString();
};

const failure = async (text: string, eventBytesMax = EVENT_BYTES_MAX): Promise<unknown> => {
  const stream = open(visible, eventBytesMax).resume();
  const failed = once(stream, 'error') as Promise<unknown[]>;
  stream.end(text);
  return (await failed)[0];
};

/** What a client makes of a stream; the comment makes the parser believe a final CR. */
const read = (
  text: string,
): { readonly events: EventSourceMessage[]; readonly retries: number[] } => {
  const events: EventSourceMessage[] = [];
  const retries: number[] = [];
  const parser = createParser({
    onEvent: (event) => events.push(event),
    onRetry: (ms) => retries.push(ms),
  });
  parser.feed(`${text}:\n`);
  return { events, retries };
};

const list = (...names: readonly string[]): string =>
  JSON.stringify({ jsonrpc: '2.0', id: 1, result: { tools: names.map((name) => ({ name })) } });

/** Cuts anywhere: within a character, within a line ending, into empty pieces. */
const cut = (bytes: Buffer, places: readonly number[]): readonly Buffer[] => {
  const ends = [...places.map((place) => place % (bytes.length + 1)), bytes.length].sort(
    (a, b) => a - b,
  );
  return ends.map((end, index) => bytes.subarray(ends[index - 1] ?? 0, end));
};

const line = fc.oneof(
  fc.constantFrom(
    'id: 1',
    'id:',
    'event: message',
    'retry: 100',
    'retry: 7',
    ': ping',
    ':',
    'data',
    'data: ',
    'x: y',
  ),
  fc.constantFrom(`data: ${list('ls')}`, `data:${list('rm', 'ls')}`, 'data: {"result":{"té😀":1}}'),
);
const event = fc
  .tuple(fc.constantFrom('\n', '\r\n', '\r'), fc.array(line, { maxLength: 4 }))
  .filter(([, lines]) => lines.filter((text) => text.startsWith('data')).length <= 1)
  .map(([eol, lines]) => [...lines, '', ''].join(eol));
const stream = fc.array(event, { maxLength: 8 }).map((events) => Buffer.from(events.join('')));
const places = fc.array(fc.nat(), { maxLength: 30 });

describe('filtering an event stream (D4, D6)', () => {
  it('rewrites the data of a list and keeps the other fields', async () => {
    const sent = `: hello\nretry: 250\nid: a\nevent: message\nx: y\ndata: ${list('rm', 'ls')}\n\n`;
    expect(await through([Buffer.from(sent)])).toBe(
      `: hello\nretry: 250\nevent: message\nid: a\ndata: ${list('ls')}\n\n`,
    );
  });

  it('reads data of many lines, escaped keys, batches and a byte order mark', async () => {
    const pretty = JSON.stringify(JSON.parse(`[${list('rm')}]`), null, 1).replaceAll(
      '\n',
      '\ndata: ',
    );
    const escaped = list('rm').replace('tools', String.raw`t\u006fols`);
    const sent = `\ufeffdata: ${escaped}\n\ndata: ${pretty}\n\ndata: ${list('rm')}\r\r`;
    expect(await through([Buffer.from(sent)])).toBe(
      `data: ${list()}\n\ndata: [${list()}]\n\ndata: ${list()}\n\n`,
    );
  });

  it('does not take an empty chunk for an empty line', async () => {
    const bytes = Buffer.from(`data: [\r\ndata: ${list('rm')}]\r\n\r\n`);
    for (let place = 0; place <= bytes.length; place += 1) {
      const received = await through(cut(bytes, [place, place]));
      expect(received.trimEnd()).toBe(`data: [${list()}]`);
    }
  });

  it('passes a last event without its blank line, filtered', async () => {
    expect(await through([Buffer.from(`data: ${list('ls')}`)])).toBe(`data: ${list('ls')}`);
    expect(await through([Buffer.from(`data: ${list('rm')}\n`)])).toBe(`data: ${list()}\n\n`);
  });

  it('gives back the very bytes when there is nothing to remove, however they are cut', async () => {
    const anything = fc.oneof(
      stream,
      fc.stringMatching(/^[a-z:\r\n ]*$/).map((text) => Buffer.from(text)),
    );
    await fc.assert(
      fc.asyncProperty(anything, places, async (bytes, at) => {
        expect(await through(cut(bytes, at), all)).toBe(bytes.toString());
      }),
      { numRuns: 300 },
    );
  });

  it('shows a client the same events, however they are cut', async () => {
    await fc.assert(
      fc.asyncProperty(stream, places, async (bytes, at) => {
        const { events, retries } = read(bytes.toString());
        const received = read(await through(cut(bytes, at)));
        // Of two in one event the last one counts, before and after.
        expect(received.retries.at(-1)).toBe(retries.at(-1));
        expect(received.events).toEqual(
          events.map((sent) => ({ ...sent, data: sent.data.replace('{"name":"rm"},', '') })),
        );
      }),
      { numRuns: 300 },
    );
  });

  it.each(['\n', '\r\n', '\r'])('lets an event go with its last byte (%j)', (eol) => {
    const stream = open();
    const sent = [`data: ${list('rm')}`, '', ': ping', '', 'id: 1', 'data: x', '', ''].join(eol);
    const seen: number[] = [];
    for (const byte of Buffer.from(sent)) {
      stream.write(Buffer.from([byte]));
      seen.push(read(String(stream.read() ?? '')).events.length);
    }
    const ends = seen.flatMap((events, index) => (events > 0 ? [index] : []));
    const firstEnd = `data: ${list('rm')}${eol}`.length;
    expect(ends).toEqual([firstEnd, sent.length - eol.length]);
  });

  it.each(['\n', '\r\n', '\r'])('lets a comment go without waiting for an event (%j)', (eol) => {
    const stream = open();
    stream.write(`: ping${eol}`);
    expect(String(stream.read())).toBe(`: ping${eol}`);
    stream.write(`data: x${eol}`);
    expect(stream.read()).toBeNull();
  });

  it('sends the second half of a line ending that was cut in two', () => {
    const stream = open();
    stream.write('data: x\r\n\r');
    expect(String(stream.read())).toBe('data: x\r\n\r');
    stream.write('\n');
    expect(String(stream.read())).toBe('\n');
  });

  it.each([
    ['half a list', `data: {"result":{"tools":[{"name":"rm"}\n\n`],
    ['text about tools', `data: "tools" and more\n\n`],
    ['a list that the stream ends in', `data: ${list('rm').slice(0, -3)}`],
  ])('fails closed on %s', async (_case, text) => {
    expect(await failure(text)).toMatchObject({ code: 'mcp.tools-list-unreadable' });
  });

  it('hands out what came before the event that fails', async () => {
    const stream = open();
    const failed = once(stream, 'error');
    stream.write(`data: 1\n\ndata: {"tools"\n\n`);
    expect(String(stream.read())).toBe('data: 1\n\n');
    await expect(failed).resolves.toMatchObject([{ code: 'mcp.tools-list-unreadable' }]);
  });

  it('bounds an event, complete or not, and not the stream', async () => {
    const tooLarge = { code: 'mcp.event-too-large', kind: 'upstream' };
    const bytes = Buffer.from('data: 4567890\n\n');
    expect(await failure(bytes.toString(), bytes.length - 1)).toMatchObject(tooLarge);
    expect(await failure('data: 4567890', 12)).toMatchObject(tooLarge);
    const stream = open(visible, bytes.length);
    for (let sent = 0; sent < 100; sent += 1) {
      for (const piece of cut(bytes, [3, 3, 13])) stream.write(piece);
      expect(String(stream.read())).toBe(bytes.toString());
    }
  });

  it('never ends in anything but its own errors', async () => {
    const token = fc.constantFrom(
      'data:',
      '"tools"',
      '{"result":{"tools":[',
      '\\u00',
      ']}}',
      '\r',
      '\n',
      ':',
      'id',
    );
    await fc.assert(
      fc.asyncProperty(fc.array(fc.oneof(token, fc.string())), places, async (tokens, at) => {
        const outcome = await through(cut(Buffer.from(tokens.join('')), at)).catch(
          (error: unknown) => error,
        );
        const expected = [
          expect.any(String),
          expect.objectContaining({ code: 'mcp.tools-list-unreadable' }),
        ];
        expect(expected).toContainEqual(outcome);
      }),
      { numRuns: 300 },
    );
  });
});
