import { ConfigurationError } from '@arbiter/infra';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PolicySets } from '../../apps/arbiter/src/policies/policy-sets';
import { START, startControlPlane, type ControlPlane } from './control-plane.harness';

const NOBODY = '00000000-0000-4000-8000-000000000000';
const UNLIMITED = '[admin]\nrate_limit_requests = 1000000\n';
const WITH_FILE = `${UNLIMITED}[policy]\nfile = "policies.toml"\n`;

const allowReads = `
[[policies]]
id = "reads"
effect = "allow"
allowed_tools = ["read_file"]
`;
const more = `${allowReads}
[[policies]]
id = "no-deletes"
effect = "deny"
allowed_tools = ["delete_file"]

[[policies]]
id = "ask-first"
effect = "escalate"
allowed_tools = ["deploy"]

[[policies]]
id = "note-writes"
effect = "deny"
disposition = "annotate"
allowed_tools = ["write_file"]

[[policies]]
id = "bob-only"
effect = "allow"
allowed_tools = ["audit"]
[policies.principal_match]
sub = "bob"
[[policies.parameter_constraints]]
key = "constructor"
`;

describe('policies from a file', () => {
  let arbiter: ControlPlane;
  let agent_id: string;
  const write = (text: string, directory = arbiter.directory) => {
    writeFileSync(join(directory, 'policies.toml'), text);
  };

  beforeEach(async () => {
    arbiter = await startControlPlane({
      toml: WITH_FILE,
      prepare: (directory) => {
        write(more, directory);
      },
    });
    agent_id = await arbiter.registerAgent();
  });
  afterEach(() => arbiter.stop());

  const explain = async (call: object) =>
    (
      await arbiter
        .admin()
        .post('/policy/explain')
        .send({ agent_id, declared_intent: 'x', ...call })
        .expect(200)
    ).body as { decision: string; trace: readonly object[] };
  const reload = () => arbiter.admin().post('/policy/reload');

  it('come into force at the start, on record', async () => {
    const [first] = await arbiter.log();
    expect(first?.link).toMatchObject({
      stream: 'policy-set/active',
      type: 'policy-set.activated',
      actor: { kind: 'process', id: 'policy-loader' },
    });
    const { digest, source, set } = arbiter.app.get(PolicySets).current();
    expect(first?.event?.data).toMatchObject({ digest, source: 'file', count: 5 });
    expect(source).toBe('file');
    expect(set.inFileOrder).toHaveLength(5);
  });

  it.each([
    ['read_file', { decision: 'allow', matched_policy: 'reads', reason: null }],
    [
      'delete_file',
      { decision: 'deny', matched_policy: null, reason: expect.stringContaining('no-deletes') },
    ],
    [
      'deploy',
      { decision: 'escalate', matched_policy: null, reason: expect.stringContaining('escalat') },
    ],
    [
      'write_file',
      { decision: 'annotate', matched_policy: 'note-writes', reason: expect.any(String) },
    ],
    [
      'other',
      {
        decision: 'deny',
        matched_policy: null,
        reason: expect.stringContaining('deny-by-default'),
      },
    ],
  ])('explain a call of %s', async (tool, expected) => {
    expect(await explain({ tool })).toEqual({ ...expected, trace: expect.any(Array) });
  });

  it('say what every rule made of a call', async () => {
    const { trace } = await explain({ tool: 'read_file' });
    expect(trace).toHaveLength(5);
    expect(trace[0]).toEqual({
      policy_id: 'reads',
      matched: true,
      effect: 'allow',
      specificity: 0,
      disposition: 'block',
      agent_id,
      principal_sub: 'alice',
      tool_name: 'read_file',
      timestamp: START,
    });
    expect(trace[1]).toMatchObject({
      matched: false,
      skip_reason: "tool 'read_file' not in allowed_tools",
    });
  });

  it('look at the principal and the arguments that are given', async () => {
    const call = { tool: 'audit', arguments: { constructor: 1 } };
    expect(await explain(call)).toMatchObject({ decision: 'deny' });
    expect(await explain({ ...call, principal: 'bob' })).toMatchObject({ decision: 'allow' });
    for (const odd of [null, [], 'text', 1, {}])
      expect(await explain({ ...call, principal: 'bob', arguments: odd })).toMatchObject({
        decision: 'deny',
      });
  });

  it('know who may not call at all', async () => {
    const call = { declared_intent: 'x', tool: 'read_file' };
    await arbiter
      .admin()
      .post('/policy/explain')
      .send({ ...call, agent_id: NOBODY })
      .expect(404);
    await arbiter.admin().delete(`/agents/${agent_id}`).expect(200);
    expect(await explain({ tool: 'read_file' })).toMatchObject({
      decision: 'deny',
      reason: expect.stringContaining('deactivated'),
    });
  });

  it.each([
    ['tool', null],
    ['tool', 1],
    ['principal', null],
    ['declared_intent', '\ud800'],
    ['agent_id', 'x'],
  ])('cannot explain a %s of %p', (name, value) =>
    arbiter
      .admin()
      .post('/policy/explain')
      .send({ agent_id, declared_intent: 'x', tool: 'read_file', [name]: value })
      .expect(422),
  );

  it('are read again, by either name, and take effect with the next call', async () => {
    write(allowReads);
    expect(await explain({ tool: 'deploy' })).toMatchObject({ decision: 'escalate' });
    await reload().expect(200, {
      status: 'ok',
      reloaded: true,
      policies_loaded: 1,
      policy_count: 1,
    });
    expect(await explain({ tool: 'deploy' })).toMatchObject({ decision: 'deny' });
    const { body } = await arbiter.admin().post('/admin/policies/reload').expect(200);
    expect(body).toMatchObject({ policies_loaded: 1 });
    // What did not change is not an event.
    const events = (await arbiter.log()).filter(({ link }) => link.type === 'policy-set.activated');
    expect(events.map(({ link }) => link.actor.kind)).toEqual(['process', 'admin']);
  });

  it('may be none: then everything is denied', async () => {
    write('');
    const { body } = await reload().expect(200);
    expect(body).toMatchObject({ policy_count: 0 });
    expect(await explain({ tool: 'read_file' })).toMatchObject({ decision: 'deny' });
    expect(arbiter.app.get(PolicySets).current().source).toBe('file');
  });

  it.each([
    ['no TOML', 'secret = '],
    ['a blanket allow', '[[policies]]\nid = "a"\neffect = "allow"'],
    ['the same id twice', allowReads + allowReads],
  ])('stay in force when the file holds %s', async (_, text) => {
    write(text);
    await reload().expect(400, { error: 'the policies do not load' });
    expect(await explain({ tool: 'read_file' })).toMatchObject({ decision: 'allow' });
  });

  it('stay in force when the file cannot be read', async () => {
    writeFileSync(join(arbiter.directory, 'policies.toml'), Buffer.from([0xff]));
    await reload().expect(500, { error: 'the policy file cannot be read' });
    expect(await explain({ tool: 'read_file' })).toMatchObject({ decision: 'allow' });
  });

  it('keep the service from starting when they do not load', async () => {
    const start = startControlPlane({
      toml: WITH_FILE,
      prepare: (directory) => {
        write('[[policies]]\nid = "open"\neffect = "allow"\n', directory);
      },
    });
    await expect(start).rejects.toThrow(ConfigurationError);
    await expect(start).rejects.toThrow('policy "open": allows everything');
  });
});

describe('policies in the configuration', () => {
  it('come into force, and cannot be read again', async () => {
    const toml = `${UNLIMITED}[[policy.policies]]\nid = "reads"\neffect = "allow"\nallowed_tools = ["read_file"]\n`;
    const arbiter = await startControlPlane({ toml });
    expect(arbiter.app.get(PolicySets).current()).toMatchObject({ source: 'inline' });
    await arbiter.admin().post('/policy/reload').expect(400);
    await arbiter.stop();
  });
});
