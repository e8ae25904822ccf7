import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { ConfigurationError } from './configuration.error';
import { Findings } from './findings';
import { type Origin } from './resolve-settings';
import { Secret } from './secret';
import {
  API_KEY_FILE,
  createStateSecret,
  readStateSecret,
  SIGNING_SECRET_FILE,
} from './state-directory';

const ENTROPY_BYTES = 32;
const random = (): string => randomBytes(ENTROPY_BYTES).toString('hex');

/** The two secrets that are generated when nobody sets them (D1). */
export const adminSecrets = {
  apiKey: {
    path: 'admin.api_key',
    file: API_KEY_FILE,
    env: 'ARBITER_ADMIN_API_KEY',
    // D3: the same credential is accepted as a bearer token, which is known by its prefix.
    generate: () => new Secret(`adm_${random()}`),
  },
  signingSecret: {
    path: 'admin.signing_secret',
    file: SIGNING_SECRET_FILE,
    env: 'ARBITER_SIGNING_SECRET',
    generate: () => new Secret(random()),
  },
} as const;

export type AdminSecret = keyof typeof adminSecrets;

export interface Obtained {
  readonly secret: Secret;
  readonly origin: Origin;
  /** What to tell the operator, without the secret. */
  readonly announcements: readonly string[];
}

/** Generates the secret, or takes the one that another process generated a moment earlier. */
export const generateSecret = (which: AdminSecret, stateDir: string): Obtained => {
  const { path, file, env, generate } = adminSecrets[which];
  const place = join(stateDir, file);
  const created = createStateSecret(stateDir, file, generate());
  const findings = new Findings();
  const secret = readStateSecret(place, findings);
  findings.throwIfAny();
  if (secret === undefined) {
    throw new ConfigurationError([`${place}: disappeared while it was read`]);
  }
  return {
    secret,
    origin: { kind: created ? 'generated' : 'state-file', name: place },
    announcements: created
      ? [`${path} was generated into ${place} (mode 0600); ${env} overrides it`]
      : [],
  };
};
