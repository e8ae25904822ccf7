import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ArbiterProcess } from '../support/arbiter-process';
import { gatewayToml, GovernedSession } from '../support/governed-session';
import { startFilesystem, type McpUpstream } from '../support/mcp-upstreams';
import {
  connectClient,
  connectSdk,
  httpFailureOf,
  type Connect,
  type StockClient,
} from '../support/stock-clients';

const POLICIES = `[[policy.policies]]
id = "files"
effect = "allow"
allowed_tools = ["write_file", "read_text_file", "list_directory"]`;

const MIB = 1024 * 1024;
const START_TIMEOUT_MS = 30_000;

/** Everything that an encoder could get wrong, repeated up to exactly one MiB of UTF-8. */
const mebibyteOfText = (): string => {
  const line = 'plain "quoted" \\ back\tslash, é, €, 🦉, \u2028 and </script>\n';
  const text = line.repeat(Math.floor(MIB / Buffer.byteLength(line)));
  return text.padEnd(text.length + MIB - Buffer.byteLength(text), '.');
};

describe.each<readonly [name: string, connect: Connect]>([
  ['sdk 1.x', connectSdk],
  ['client 2.x', connectClient],
])('files through the gateway (%s)', (_name, connect) => {
  let directory: string;
  let upstream: McpUpstream;
  let arbiter: ArbiterProcess;
  let client: StockClient;

  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'arbiter-files-'));
    upstream = await startFilesystem(directory);
    const toml = gatewayToml({ upstreamUrl: upstream.url, sections: [POLICIES] });
    arbiter = await ArbiterProcess.start({ toml });
    const session = await GovernedSession.open(arbiter);
    client = await connect(session.endpoint, session.bearer);
  }, START_TIMEOUT_MS);

  afterAll(async () => {
    // In the order in which they came up: one that did not must not keep the others.
    await upstream.close();
    rmSync(directory, { recursive: true });
    await arbiter.dispose();
    await client.close();
  });

  it('lists the tools that a rule allows', async () => {
    const names = await client.toolNames();

    expect([...names].sort()).toEqual(['list_directory', 'read_text_file', 'write_file']);
  });

  it('writes a real file and reads it back', async () => {
    const path = join(directory, 'report.txt');
    const content = 'line one\nline "two" — ünïcode 🦉\n';

    const written = await client.call('write_file', { path, content });
    const read = await client.call('read_text_file', { path });

    expect(written.isError).toBe(false);
    expect(readFileSync(path, 'utf8')).toBe(content);
    expect(read).toEqual({ isError: false, text: content });
  });

  it('reads one MiB, byte for byte', async () => {
    const path = join(directory, 'large.txt');
    const content = mebibyteOfText();
    writeFileSync(path, content);

    const { text } = await client.call('read_text_file', { path });

    expect(Buffer.byteLength(text)).toBe(MIB);
    expect(text === content).toBe(true);
  });

  it('does not reach the server with a tool that no rule allows', async () => {
    const path = join(directory, 'kept.txt');
    writeFileSync(path, 'kept');

    const move = { source: path, destination: join(directory, 'moved.txt') };
    const refused = await httpFailureOf(client.call('move_file', move));

    expect(refused).toEqual({ status: 403, message: expect.stringContaining('POLICY_DENIED') });
    expect(readFileSync(path, 'utf8')).toBe('kept');
  });

  it('passes on what the server itself refuses', async () => {
    const { isError, text } = await client.call('read_text_file', { path: '/etc/passwd' });

    expect(isError).toBe(true);
    expect(text).toContain('denied');
  });
});
