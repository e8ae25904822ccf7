import { domainError } from '@arbiter/domain';

export const noPolicyFile = domainError(
  'policy-reload.no-file',
  'invalid',
  'no policy file is configured, so there is nothing to reload',
);
