import { UnsupportedMediaTypeException } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import type { AdminRequest, BodyUse } from './admin-request';

const WITHOUT_BODY = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE']);
/** `application/json` or any `application/…+json`, with or without parameters (spec §3.1). */
const JSON_MEDIA_TYPE = /^\s*application\/(?:[^\s;/]+\+)?json\s*(?:;|$)/i;

/** Whatever body a client sends here is not looked at. */
export const NoBody = (): MethodDecorator => RouteConfig({ body: 'none' satisfies BodyUse });

/** A body counts only when it says what it is: without a content type it is ignored (spec §3.4). */
export const OptionalBody = (): MethodDecorator =>
  RouteConfig({ body: 'optional' satisfies BodyUse });

/** Whether the body of this request is read as JSON. */
export const readsJson = ({ method, headers, routeOptions }: AdminRequest): boolean => {
  if (WITHOUT_BODY.has(method)) return false;
  const use = routeOptions.config.body ?? 'json';
  return use === 'json' || (use === 'optional' && headers['content-type'] !== undefined);
};

/** Judged before the body is read. Throws 415. */
export const checkMediaType = (request: AdminRequest): void => {
  const { headers } = request;
  if (!readsJson(request)) {
    // Fastify would judge the type of a body that nobody reads.
    delete headers['content-type'];
    return;
  }
  if (!JSON_MEDIA_TYPE.test(headers['content-type'] ?? ''))
    throw new UnsupportedMediaTypeException('the content type must be application/json');
};
