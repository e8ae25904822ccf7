import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { AdminGate } from '../auth/admin-gate';
import type { AdminRequest } from './admin-request';
import { checkMediaType, readsJson } from './body-use';
import { BODY_BYTES_MAX, readJsonObject } from './json-body';
import { checkParameters, hasEmptyParameter, RouteTable } from './paths';

/** The description of the API, and the page that shows it, are no secrets. */
const PUBLIC = /^\/(?:docs(?:\/.*)?|openapi\.json)$/;

/**
 * Everything that is judged before a handler runs, in the order the spec promises (§3.1): rate
 * limit, key, path, content type, JSON. To be called once, before the app listens.
 */
export const configureControlPlane = (app: NestFastifyApplication): void => {
  const server = app.getHttpAdapter().getInstance();
  const gate = app.get(AdminGate);
  const routes = new RouteTable();

  server.addHook('onRoute', ({ method, url }) => {
    routes.add(method, url);
  });
  server.addHook('onRequest', async (request, reply) => {
    const { url } = request.routeOptions;
    if (request.is404 || url === undefined || hasEmptyParameter(request.params)) {
      const methods = routes.methodsOf(request.raw.url ?? '');
      if (methods.length > 0) reply.header('allow', methods.join(', '));
      return reply.code(methods.length > 0 ? 405 : 404).send();
    }
    if (PUBLIC.test(url)) return undefined;
    const admin = request as AdminRequest;
    admin.caller = await gate.admit(request.headers);
    checkParameters(request.params);
    checkMediaType(admin);
    return undefined;
  });

  // One parser for every type: the type was judged by then, and not every route reads its body.
  server.removeAllContentTypeParsers();
  app.useBodyParser('*', { bodyLimit: BODY_BYTES_MAX }, (request, bytes, done) => {
    try {
      done(null, bodyOf(request as unknown as AdminRequest, bytes));
    } catch (error) {
      done(error as Error);
    }
  });
};

const bodyOf = (request: AdminRequest, bytes: Buffer): unknown => {
  if (!readsJson(request)) return undefined;
  // A client that always names a type, and sends nothing, has left an optional body out.
  if (bytes.length === 0 && request.routeOptions.config.body === 'optional') return undefined;
  return readJsonObject(bytes);
};
