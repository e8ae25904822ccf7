import { exchange, type AdminApi } from '../admin-api';
import { fieldsOf, listOf, shown } from '../answer';
import { projectionsIn } from '../projections.command';
import { fail, pass, type Diagnosis } from './check';

/** Reachable, an Arbiter, and the key is its key. */
export const checkAdminApi = async (api: AdminApi): Promise<Diagnosis> => {
  const agents = listOf(await api.get('/agents'));
  return pass('admin API', `${api.url}, ${agents.length} agent(s)`);
};

/** A view that has stopped says less every minute, and nobody is refused for it. */
export const checkProjections = async (api: AdminApi): Promise<Diagnosis> => {
  const projections = projectionsIn(await api.get('/projections'));
  const stopped = projections.find((each) => each['state'] !== 'running');
  if (stopped === undefined) return pass('projections', `${projections.length} running`);
  const name = shown(stopped, 'name');
  return fail(
    'projections',
    `${name} is ${shown(stopped, 'state')}: ${shown(stopped, 'error')}; ` +
      `after the cause is gone: arbiter-ctl projections rebuild ${name}`,
  );
};

export const checkGateway = async (gatewayUrl: string): Promise<Diagnosis> => {
  const { status, text } = await exchange('GET', `${gatewayUrl}/health`);
  if (status === 200) return pass('gateway', `${gatewayUrl} is healthy`);
  if (status !== 503)
    return fail('gateway', `${gatewayUrl}/health answers ${status}: is it a gateway?`);
  const state = shown(fieldsOf(JSON.parse(text)), 'status');
  return fail(
    'gateway',
    `${gatewayUrl} is ${state}: see the server's log for what cannot be written`,
  );
};
