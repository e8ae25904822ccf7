import { startControlPlane, type ControlPlane } from './control-plane.harness';

describe('smoke', () => {
  let arbiter: ControlPlane;
  beforeAll(async () => { arbiter = await startControlPlane(); });
  afterAll(() => arbiter.stop());
  it('works', async () => {
    const r = await arbiter.admin().post('/agents').send({ owner: 'a', model: 'm' });
    console.log(r.status, r.text);
    const id = r.body.agent_id;
    for (const [m, p, b] of [['get','/agents'],['get',`/agents/${id}`],['post','/sessions',{agent_id:id,declared_intent:'x'}],['get','/agents/'],['get','/agents/xx'],['put','/agents'],['get','/nope'],['post','/policy/explain',{agent_id:id,declared_intent:'x',tool:'t',arguments:{constructor:1,__proto__:2}}],['get','/events?limit=2'],['get','/projections'],['post','/policy/reload'],['head','/agents'], ['options', '/agents'], ['get','/agents/%zz']] as any) {
      const x = await (arbiter.admin() as any)[m](p).send(b);
      console.log(m, p, x.status, x.text, JSON.stringify(x.headers));
    }
    console.log(arbiter.lines);
  });
});
