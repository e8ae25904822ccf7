import { PolicySets } from '../../apps/arbiter/src/policies/policy-sets';
import { startControlPlane } from './control-plane.harness';

const allowReads = `
[[policies]]
id = "reads"
effect = "allow"
allowed_tools = ["read_file"]
`;

describe('no policies at all', () => {
  it('are explained as what they are not: permission (B-4)', async () => {
    const arbiter = await startControlPlane();
    const call = { agent_id: await arbiter.registerAgent(), declared_intent: 'x', tool: 't' };
    await arbiter.admin().post('/policy/explain').send(call).expect(200, {
      decision: 'allow',
      matched_policy: null,
      reason: 'no policies configured',
      trace: [],
    });
    expect(arbiter.app.get(PolicySets).current()).toMatchObject({ source: 'none', digest: null });
    await arbiter.stop();
  });

  it('can be validated all the same', async () => {
    const arbiter = await startControlPlane();
    const validate = (policy_toml: unknown) =>
      arbiter.admin().post('/policy/validate').send({ policy_toml });
    await validate(allowReads).expect(200, { valid: true, policy_count: 1, diagnostics: [] });
    const { body: twice } = await validate(allowReads + allowReads).expect(200);
    expect(twice).toMatchObject({
      valid: false,
      diagnostics: [
        { level: 'error', policy_id: 'reads', message: expect.stringMatching(/duplicate/i) },
      ],
    });
    const { body: broken } = await validate('x = ').expect(200);
    expect(broken).toMatchObject({
      valid: false,
      policy_count: 0,
      diagnostics: [{ policy_id: null }],
    });
    const { body: blanket } = await validate('[[policies]]\nid = "a"\neffect = "allow"').expect(
      200,
    );
    expect(blanket).toMatchObject({
      valid: true,
      policy_count: 1,
      diagnostics: [{ level: 'warning' }],
    });
    await validate(1).expect(422);
    await validate('\ud800').expect(422);
    await arbiter.stop();
  });
});
