import { loadCtlSettings, processInputs } from '@arbiter/infra';
import type { AdminApi } from '../admin-api';
import { diagnosing, lineOf, skip, type Diagnosis } from './check';
import { checkConfiguration } from './configuration.check';
import { checkDatabase } from './database.check';
import { checkPolicies } from './policy.check';
import { checkAdminApi, checkGateway, checkProjections } from './services.check';
import { checkStateDirectory } from './state-directory.check';

export interface DoctorOptions {
  readonly config?: string;
  readonly gatewayUrl?: string;
  readonly database?: string;
}

interface Examined {
  readonly line: string;
  readonly isFailure: boolean;
}

const DEFAULT_GATEWAY = 'http://127.0.0.1:8080';

/** Every check, from what the others rest on to the running server. */
export async function* examine(
  options: DoctorOptions,
  connect: () => Promise<AdminApi>,
): AsyncGenerator<Examined> {
  for await (const diagnosis of diagnoses(options, connect))
    yield { line: lineOf(diagnosis), isFailure: diagnosis.verdict === 'FAIL' };
}

async function* diagnoses(
  options: DoctorOptions,
  connect: () => Promise<AdminApi>,
): AsyncGenerator<Diagnosis> {
  const inputs = processInputs();
  // The address of the server is not what is asked here, so a bad one is reported below and not now.
  const { stateDir, databasePath } = loadCtlSettings({}, inputs.home);
  const { diagnosis, config } = checkConfiguration(options.config, inputs);
  const database = config === undefined ? databasePath : config.database;
  const gatewayUrl = options.gatewayUrl ?? config?.gatewayUrl ?? DEFAULT_GATEWAY;

  yield diagnosis;
  yield await diagnosing('policies', () => checkPolicies(config));
  yield await diagnosing('state directory', () => checkStateDirectory(stateDir));
  yield await diagnosing('database', () => checkDatabase(options.database, database));
  yield* ofServer(connect);
  yield await diagnosing('gateway', () => checkGateway(gatewayUrl));
}

/** The second check needs what the first one finds. */
async function* ofServer(connect: () => Promise<AdminApi>): AsyncGenerator<Diagnosis> {
  let api: AdminApi | undefined;
  yield await diagnosing('admin API', async () => {
    const candidate = await connect();
    const diagnosis = await checkAdminApi(candidate);
    api = candidate;
    return diagnosis;
  });
  const reached = api;
  yield reached === undefined
    ? skip('projections', 'the admin API cannot be asked')
    : await diagnosing('projections', () => checkProjections(reached));
}
