import { existsSync } from 'node:fs';
import { type Check } from './check';
import { listenersApart } from './listener.checks';
import { noDevelopmentSecrets, strongSecrets } from './secret.checks';

/** What one session may ask for (§3.5). */
const TIME_LIMIT_MAX_SECS = 86_400;
const CALL_BUDGET_MAX = 1_000_000;
const RATE_WINDOW_MIN_SECS = 10;
const RATE_WINDOW_MAX_SECS = 3600;

/** Asked for and not built: refused, because each of them protects something or turns a protection off. */
const supported: Check = ({ values: { audit, policy }, env }, findings) => {
  if (!audit.enabled) findings.problem('audit.enabled = false is not supported by this version');
  if (policy.watch) findings.problem('policy.watch = true is not supported by this version');
  if ((env['ARBITER_STORAGE_ENCRYPTION_KEY'] ?? '').trim() !== '') {
    findings.problem('ARBITER_STORAGE_ENCRYPTION_KEY is not supported by this version');
  }
};

const policyFile: Check = ({ values: { policy } }, findings) => {
  if (policy.file === undefined) return;
  if (!existsSync(policy.file)) findings.problem(`policy.file: ${policy.file} does not exist`); // E6
  if (policy.policies.length > 0) {
    findings.warning('policy.policies is ignored, because policy.file is set');
  }
};

const somePolicy: Check = ({ values: { policy }, failed }, findings) => {
  if (policy.file !== undefined || policy.policies.length > 0) return;
  if (failed.has('policy.file') || failed.has('policy.policies')) return;
  findings.warning('no policies are configured: every tool call is denied');
};

const storageLasts: Check = ({ values: { storage } }, findings) => {
  if (storage.backend === 'memory') {
    findings.warning(
      'storage.backend = "memory": everything, the audit log included, is forgotten on exit',
    );
    return;
  }
  findings.warning(`storage.sqlite_path: the database is not encrypted`);
  if (storage.synchronous === 'normal') {
    findings.warning('storage.synchronous = "normal": a power failure may lose the latest events');
  }
};

const usableDefaults: Check = ({ values: { proxy, sessions } }, findings) => {
  if (!proxy.denyNonPostMethods) {
    findings.warning(
      'proxy.deny_non_post_methods = false: requests that are not POST are not governed',
    );
  }
  const { defaultTimeLimitSecs, defaultCallBudget, rateLimitWindowSecs } = sessions;
  const needed = 'sessions that do not name one are refused';
  if (defaultTimeLimitSecs === 0 || defaultTimeLimitSecs > TIME_LIMIT_MAX_SECS) {
    findings.warning(
      `sessions.default_time_limit_secs is not within 1 and ${TIME_LIMIT_MAX_SECS}: ${needed}`,
    );
  }
  if (defaultCallBudget === 0 || defaultCallBudget > CALL_BUDGET_MAX) {
    findings.warning(
      `sessions.default_call_budget is not within 1 and ${CALL_BUDGET_MAX}: ${needed}`,
    );
  }
  if (rateLimitWindowSecs < RATE_WINDOW_MIN_SECS || rateLimitWindowSecs > RATE_WINDOW_MAX_SECS) {
    findings.warning(
      `sessions.rate_limit_window_secs is not within ${RATE_WINDOW_MIN_SECS} and ${RATE_WINDOW_MAX_SECS}: ${needed}`,
    );
  }
};

const checks: readonly Check[] = [
  listenersApart,
  noDevelopmentSecrets,
  strongSecrets,
  supported,
  policyFile,
  somePolicy,
  storageLasts,
  usableDefaults,
];

/** What the types cannot say: errors of §1.3 and warnings of §1.4 that need no listener and no store. */
export const checkSettings: Check = (facts, findings) => {
  for (const check of checks) check(facts, findings);
};
