import { verifyDatabase } from '@arbiter/audit';
import { openReadOnly } from '@arbiter/infra';
import { RecordedLog } from '../crash/recorded-log';
import { SmallDisk } from '../crash/small-disk';
import { viewsThatDiffer } from '../crash/view-tables';
import { ArbiterProcess } from '../support/arbiter-process';
import { EchoUpstream, type ReceivedRequest } from '../support/echo-upstream';
import { gatewayToml, GovernedSession, send, toolCall } from '../support/governed-session';
import { eventually } from '../support/waiting';

jest.setTimeout(120_000);

const RECOVERY_MAX_MS = 5_000;
/** Large enough to fill what SQLite has set aside, and small enough to be a call. */
const ARGUMENT = 'x'.repeat(8_000);
const CALLERS = 6;

interface Called {
  readonly marker: string;
  readonly status: number;
  readonly code: string | undefined;
}

const disk = SmallDisk.mount();
const isRequired = process.env['CI'] === 'true';

/** Says what is left out where no file system may be mounted; in CI that is a failure. */
const onSmallDisk = disk !== undefined || isRequired ? describe : describe.skip;

onSmallDisk('on a disk of its own (mounting a tmpfs takes root)', () => {
  let upstream: EchoUpstream;
  let toml: string;
  let arbiter: ArbiterProcess;
  let session: GovernedSession;
  let calls = 0;
  const called: Called[] = [];

  const call = async (): Promise<Called> => {
    calls += 1;
    const marker = `call-${calls}`;
    const { status, json } = await send(`${arbiter.dataUrl}/mcp`, {
      headers: { authorization: `Bearer ${session.token}` },
      body: toolCall('echo', { marker, text: ARGUMENT }),
    });
    const { error } = (json ?? {}) as { readonly error?: { readonly code?: string } };
    const result = { marker, status, code: error?.code };
    called.push(result);
    return result;
  };
  const health = async () => (await send(`${arbiter.dataUrl}/health`, { method: 'GET' })).status;
  const forwarded = () => new Set(upstream.received.map(markerOf));
  const register = () => arbiter.admin('POST', '/agents', { owner: 'o', model: 'm' });

  /** Calls, several at once, until one of them cannot be recorded. */
  const callUntilFull = async () => {
    let isFull = false;
    const caller = async () => {
      while (!isFull) isFull = (await call()).status !== 200 || isFull;
    };
    await Promise.all(Array.from({ length: CALLERS }, caller));
  };

  const start = () => ArbiterProcess.start({ toml, ...(disk && { home: disk.home }) });

  /** What the clients and the upstream have seen, against what the log says. */
  const expectNothingLost = async () => {
    const log = new RecordedLog();
    await log.read(arbiter.database);
    expect(log.problems).toEqual([]);
    const source = await openReadOnly(arbiter.database);
    expect(await verifyDatabase(source)).toMatchObject({
      events: log.position,
      finding: undefined,
    });
    await source.destroy();

    const sent = forwarded();
    const unrecorded = [...sent].filter((marker) => !log.decisions.has(marker));
    expect(unrecorded).toEqual([]);
    expect(called.filter(({ marker, status }) => (status === 200) !== sent.has(marker))).toEqual(
      [],
    );
    const { body } = await arbiter.admin('GET', `/sessions/${session.sessionId}`);
    expect(body['calls_made']).toBe(log.charged.get(session.sessionId));
    expect(await viewsThatDiffer(arbiter)).toEqual([]);
  };

  beforeAll(async () => {
    if (disk === undefined) throw new Error('A tmpfs cannot be mounted here, and CI requires it.');
    upstream = await EchoUpstream.start();
    toml = gatewayToml({ upstreamUrl: upstream.url });
    arbiter = await start();
    session = await GovernedSession.open(arbiter, { session: { call_budget: 1_000_000 } });
  });

  afterAll(async () => {
    try {
      await arbiter.dispose();
      await upstream.close();
    } finally {
      disk?.unmount();
    }
  });

  it.each(['once', 'and again'])(
    'forwards nothing that it cannot record, and recovers by itself: %s',
    async () => {
      await expect(call()).resolves.toMatchObject({ status: 200 });

      disk?.fill();
      await callUntilFull();
      const before = forwarded().size;
      const refused = await Promise.all(Array.from({ length: 20 }, call));
      const registered = await register();

      expect(new Set(refused.map(({ status, code }) => `${status} ${code ?? ''}`))).toEqual(
        new Set(['503 AUDIT_REQUIRED']),
      );
      expect(forwarded().size).toBe(before);
      expect(await health()).toBe(503);
      expect(registered.status).toBe(503);

      disk?.free();
      await eventually(
        'a call is forwarded again and the health is good',
        async () => ((await call()).status === 200 && (await health()) === 200) || undefined,
        RECOVERY_MAX_MS,
      );
      await expect(register()).resolves.toMatchObject({ status: 201 });
      await expectNothingLost();
    },
  );

  it('loses nothing when it is killed while the disk is full', async () => {
    disk?.fill();
    await callUntilFull();
    await arbiter.kill();
    disk?.free();
    arbiter = await start();

    await expect(call()).resolves.toMatchObject({ status: 200 });
    expect(await health()).toBe(200);
    await expectNothingLost();
  });
});

const markerOf = ({ body }: ReceivedRequest): string => {
  const call = JSON.parse(body) as { readonly params: { readonly arguments: Marked } };
  return call.params.arguments.marker;
};

interface Marked {
  readonly marker: string;
}
