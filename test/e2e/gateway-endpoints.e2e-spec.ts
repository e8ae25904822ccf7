import { GatewayStand } from '../support/gateway-stand';
import { ALLOW_ALL, send, toolCall } from '../support/governed-session';

const RULES = `${ALLOW_ALL}

[[policy.policies]]
id = "no-deletes"
effect = "deny"
priority = 10
allowed_tools = ["delete_file"]`;

const get = (url: string, headers: Readonly<Record<string, string>> = {}) =>
  send(url, { method: 'GET', headers });

describe('GET /health', () => {
  let stand: GatewayStand;

  beforeAll(async () => {
    stand = await GatewayStand.start();
  });
  afterAll(() => stand.stop());

  it.each(['/health', '/health?verbose=1'])('answers %s without asking anybody', async (path) => {
    await stand.upstream.close();

    const { status, headers, text } = await get(`${stand.url}${path}`);

    expect({ status, text }).toEqual({ status: 200, text: '{"status":"healthy"}' });
    expect(headers['content-type']).toBe('application/json');
  });

  it.each([
    ['POST', '/health', 403],
    ['HEAD', '/health', 405],
    ['GET', '/health/', 405],
    ['GET', '/Health', 405],
    ['POST', '/metrics', 403],
  ])('sends %s %s through the pipeline', async (method, path, status) => {
    expect((await send(`${stand.url}${path}`, { method })).status).toBe(status);
  });
});

describe('GET /metrics', () => {
  let stand: GatewayStand;

  beforeEach(async () => {
    stand = await GatewayStand.start({ sections: [RULES] });
  });
  afterEach(() => stand.stop());

  it('is in the text format of Prometheus, and has only what there is', async () => {
    const { status, headers, text } = await get(`${stand.url}/metrics`);

    expect(status).toBe(200);
    expect(headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(text).toMatch(
      /^# HELP request_duration_seconds .+\n# TYPE request_duration_seconds histogram$/m,
    );
    expect(text).toMatch(/^request_duration_seconds_bucket\{le="0\.005"\} 0$/m);
    expect(text).not.toMatch(/^requests_total\{/m);
    expect(text).not.toMatch(/^(process|nodejs)_/m);
  });

  it('counts decisions, calls and durations', async () => {
    const session = await stand.openSession();
    await session.call('read_file');
    await session.call('delete_file');
    await session.post([toolCall('read_file'), toolCall('read file!')]);
    await get(`${stand.url}/health`);

    expect(await stand.metric('requests_total{decision="allow"}')).toBe(2);
    expect(await stand.metric('requests_total{decision="deny"}')).toBe(1);
    expect(await stand.metric('tool_calls_total{tool="read_file"}')).toBe(2);
    expect(await stand.metric('tool_calls_total{tool="delete_file"}')).toBe(1);
    expect(await stand.metric('request_duration_seconds_count')).toBe(3);
    expect(await stand.metric('upstream_duration_seconds_count')).toBe(2);
  });

  it('keeps the number of its labels bounded', async () => {
    const session = await stand.openSession({ call_budget: 5000 });
    for (let batch = 0; batch < 11; batch += 1)
      await session.post(
        Array.from({ length: 100 }, (_, index) => toolCall(`tool-${batch * 100 + index}`)),
      );

    const { text } = await get(`${stand.url}/metrics`);
    const labels = text.match(/^tool_calls_total\{tool="[^"]+"\}/gm);
    expect(labels).toHaveLength(1001);
    expect(await stand.metric('tool_calls_total{tool="__other__"}')).toBe(100);
    expect(await stand.metric('tool_calls_total{tool="tool_7"}')).toBe(1);
  });

  it('knows how many agents and sessions there are', async () => {
    const session = await stand.openSession();
    await stand.openSession();
    const gauges = async () => [
      await stand.metric('registered_agents'),
      await stand.metric('active_sessions'),
    ];
    expect(await gauges()).toEqual([2, 2]);

    await session.close();
    expect(await gauges()).toEqual([2, 1]);
    await stand.arbiter.admin('DELETE', `/agents/${session.agentId}`);
    expect(await gauges()).toEqual([1, 1]);
  });
});

describe('GET /metrics, guarded or switched off', () => {
  it('wants the admin key where it is told to', async () => {
    const sections = ['[metrics]', 'require_auth = true'];
    const stand = await GatewayStand.start({ sections });
    try {
      for (const headers of [{}, { 'x-api-key': 'wrong' }, { 'x-api-key': '' }]) {
        const { status, json } = await get(`${stand.url}/metrics`, headers);
        expect({ status, json }).toEqual({ status: 401, json: { error: expect.any(String) } });
      }
      const allowed = await get(`${stand.url}/metrics`, { 'x-api-key': stand.arbiter.adminKey });
      expect(allowed.status).toBe(200);
    } finally {
      await stand.stop();
    }
  });

  it('is not there when it is disabled', async () => {
    const stand = await GatewayStand.start({ sections: ['[metrics]', 'enabled = false'] });
    try {
      expect((await get(`${stand.url}/metrics`)).status).toBe(404);
    } finally {
      await stand.stop();
    }
  });
});
