import type { EventContext } from '@arbiter/audit';
import type { IncomingHttpHeaders } from 'node:http';

/** What a route does with a body: the default for methods that have one is to require JSON. */
export type BodyUse = 'none' | 'optional' | 'json';

/** The part of a Fastify request that the control plane looks at. */
export interface AdminRequest {
  readonly method: string;
  readonly headers: IncomingHttpHeaders;
  readonly params: unknown;
  readonly routeOptions: {
    readonly url?: string | undefined;
    readonly config: { readonly body?: BodyUse };
  };
  /** Set once the key was judged good. */
  caller?: EventContext;
}
