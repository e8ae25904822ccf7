import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { ArbiterProcess, SERVER } from '../support/arbiter-process';

jest.setTimeout(60_000);

interface Ended {
  readonly code: number | null;
  readonly said: string;
}

/** A second server on the same home, which is expected to end by itself. */
const startSecond = async (home: string): Promise<Ended> => {
  const child = spawn(process.execPath, [SERVER, '--config', join(home, 'arbiter.toml')], {
    cwd: home,
    env: { PATH: process.env['PATH'], HOME: home, ARBITER_LOG_FORMAT: 'json' },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const [said, [code]] = await Promise.all([text(child.stderr), once(child, 'exit')]);
  return { code: code as number | null, said };
};

describe('two processes on one store', () => {
  let first: ArbiterProcess;

  beforeEach(async () => {
    first = await ArbiterProcess.start();
  });
  afterEach(() => first.dispose());

  const registered = async (by: ArbiterProcess) => {
    const { body } = await by.admin('POST', '/agents', { owner: 'o', model: 'm' });
    return String(body['agent_id']);
  };
  const exists = async (agentId: string, by: ArbiterProcess) =>
    (await by.admin('GET', `/agents/${agentId}`)).status === 200;

  it('refuses the second one, names the store, and leaves the first one alone', async () => {
    const agentId = await registered(first);
    const { code, said } = await startSecond(first.home);

    expect(code).toBe(1);
    expect(said).toContain(first.database);
    expect(said).toMatch(/another process/);
    expect(said).not.toMatch(/^\s+at /m);
    expect(await exists(agentId, first)).toBe(true);
    expect(await exists(await registered(first), first)).toBe(true);
  });

  it.each([
    ['was killed', (process: ArbiterProcess) => process.kill()],
    ['has stopped', (process: ArbiterProcess) => process.stop()],
  ])('lets the next one in when the first one %s', async (_how, end) => {
    const agentId = await registered(first);
    await end(first);
    const { home } = first;
    first = await ArbiterProcess.start({ home });

    expect(await exists(agentId, first)).toBe(true);
    expect(await exists(await registered(first), first)).toBe(true);
  });
});
