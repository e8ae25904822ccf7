const METHOD = /^[A-Za-z0-9_\-./]{1,256}$/;

/** Requests that do something or reveal content: they cost budget and need an allow rule. */
const GOVERNED: ReadonlySet<string> = new Set([
  'tools/call',
  'resources/read',
  'resources/subscribe',
  'resources/unsubscribe',
  'prompts/get',
  'tasks/get',
  'tasks/result',
  'tasks/cancel',
]);

/** What a client needs to speak the protocol at all (D4); the open-ended families are below. */
const LIFECYCLE: ReadonlySet<string> = new Set([
  'initialize',
  'ping',
  'server/discover',
  'completion/complete',
  'logging/setLevel',
]);

const LIFECYCLE_FAMILIES = /^(?:notifications\/.+|subscriptions\/.+|.+\/list)$/;

/** Lifecycle messages need a session and are audited, but cost nothing and need no rule (D4). */
export const isLifecycle = (method: string): boolean =>
  LIFECYCLE.has(method) || (METHOD.test(method) && LIFECYCLE_FAMILIES.test(method));

/** The list of §4.4 as D6 extends it; `extra` is `proxy.extra_mcp_methods`, which are governed. */
export const isKnownMethod = (method: string, extra: ReadonlySet<string>): boolean =>
  GOVERNED.has(method) || isLifecycle(method) || extra.has(method);
