import { type Secret } from './secret';
import {
  baseUrl,
  countOrUnlimited,
  type Kind,
  listenAddress,
  oneOf,
  percentage,
  port,
  secret,
  tables,
  text,
  texts,
  timerMs,
  timerSecs,
  toggle,
  whole,
} from './setting.kinds';

export type FlagName = 'port' | 'bind' | 'logLevel' | 'verbose';

/** Where a value may come from besides the file, the strongest first (seed 001, "Precedence summary"). */
interface Sources {
  readonly flag?: FlagName;
  readonly env?: `ARBITER_${string}`;
  /** A variable shared with other programs: a value that means nothing to us is theirs, not a mistake. */
  readonly convention?: string;
  /** A variable whose bad value has always been ignored; ours says so in a warning. */
  readonly lenient?: true;
}

export interface Setting<T> extends Kind<T>, Sources {
  readonly fallback: T;
}

const setting = <T>(kind: Kind<T>, fallback: NoInfer<T>, sources: Sources = {}): Setting<T> => ({
  ...kind,
  ...sources,
  fallback,
});

/** A body that does not fit is refused, so the limit also bounds memory. */
const BODY_MAX_BYTES = 10_485_760;

/**
 * Every setting there is; its key in the file is the name in snake case, below its section.
 * `process` is not a section of the file: these come from flags and variables only.
 */
export const settings = {
  process: {
    logLevel: setting(oneOf('trace', 'debug', 'info', 'warn', 'error'), 'info', {
      flag: 'logLevel',
      env: 'ARBITER_LOG_LEVEL',
      convention: 'RUST_LOG',
    }),
    logFormat: setting(oneOf('human', 'json'), 'human', {
      env: 'ARBITER_LOG_FORMAT',
      lenient: true,
    }),
    drainSecs: setting(timerSecs(0), 30, { env: 'ARBITER_DRAIN_SECONDS', lenient: true }),
    verbose: setting(toggle, false, { flag: 'verbose', env: 'ARBITER_API_VERBOSE' }),
  },
  proxy: {
    listenAddr: setting(listenAddress, '127.0.0.1', { flag: 'bind' }),
    listenPort: setting(port, 8080, { flag: 'port', env: 'ARBITER_PROXY_PORT' }),
    upstreamUrl: setting(baseUrl, 'http://127.0.0.1:8081', { env: 'ARBITER_UPSTREAM_URL' }),
    blockedPaths: setting(texts, []),
    requireSession: setting(toggle, true),
    strictMcp: setting(toggle, true),
    maxRequestBodyBytes: setting(whole(1), BODY_MAX_BYTES),
    maxResponseBodyBytes: setting(whole(0), BODY_MAX_BYTES),
    upstreamTimeoutSecs: setting(timerSecs(1), 60),
    denyNonPostMethods: setting(toggle, true),
    extraMcpMethods: setting(texts, []),
    requireAgentToken: setting(toggle, false),
    headerTimeoutSecs: setting(timerSecs(1), 15),
    /** 0 is unlimited. */
    maxConnections: setting(whole(0), 0),
    lifecycle: setting(oneOf('free', 'strict'), 'free'),
  },
  policy: {
    file: setting<string | undefined>(text, undefined),
    policies: setting(tables, []),
    watch: setting(toggle, false),
    watchDebounceMs: setting(timerMs, 500),
  },
  sessions: {
    defaultTimeLimitSecs: setting(whole(0), 3600),
    defaultCallBudget: setting(whole(0), 1000),
    warningThresholdPct: setting(percentage, 20),
    rateLimitWindowSecs: setting(whole(1), 60),
    cleanupIntervalSecs: setting(timerSecs(1), 60),
    maxConcurrentSessionsPerAgent: setting(countOrUnlimited, 10),
  },
  audit: {
    enabled: setting(toggle, true),
    requireHealthy: setting(toggle, true),
    redactionPatterns: setting(texts, []),
  },
  metrics: {
    enabled: setting(toggle, true),
    requireAuth: setting(toggle, false),
  },
  admin: {
    listenAddr: setting(listenAddress, '127.0.0.1'),
    listenPort: setting(port, 3000, { env: 'ARBITER_ADMIN_PORT' }),
    apiKey: setting<Secret | undefined>(secret, undefined, { env: 'ARBITER_ADMIN_API_KEY' }),
    signingSecret: setting<Secret | undefined>(secret, undefined, {
      env: 'ARBITER_SIGNING_SECRET',
    }),
    tokenExpirySecs: setting(whole(1), 3600),
    /** Calls per 60 s and caller (§3.1). */
    rateLimitRequests: setting(whole(1), 60),
  },
  storage: {
    backend: setting(oneOf('sqlite', 'memory'), 'sqlite'),
    sqlitePath: setting<string | undefined>(text, undefined),
    synchronous: setting(oneOf('full', 'normal'), 'full'),
  },
} as const;

type Settings = typeof settings;
type Section = keyof Settings;

/** What the sources say, before anything is derived from it. */
export type SettingValues = {
  readonly [S in Section]: {
    readonly [K in keyof Settings[S]]: Settings[S][K] extends Setting<infer T> ? T : never;
  };
};

export const keyOf = (name: string): string =>
  name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
