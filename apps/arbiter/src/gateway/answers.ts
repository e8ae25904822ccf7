import type { ServerResponse } from 'node:http';
import type { GatewayRefusal, PlainRefusal } from './gateway.errors';
import type { RequestContext } from './request-context';

/**
 * Spec §4.6: absent members are absent, never null. When part of an answer of the upstream has gone
 * out already, the connection is cut instead: nobody may take half an answer for a whole one.
 */
export const answerRefusal = (
  { answer }: GatewayRefusal,
  { callId, request }: Pick<RequestContext, 'callId' | 'request'>,
  response: ServerResponse,
): void => {
  if (response.headersSent || response.destroyed) {
    response.destroy();
    return;
  }
  const { status, code, message, detail, hint, headers } = answer;
  const isRequestNamed = code !== 'AUDIT_REQUIRED';
  const body = JSON.stringify({
    error: { code, message, detail, hint, ...(isRequestNamed && { request_id: callId }) },
  });
  // Of an answer that was begun nothing stays, but that this connection is about to close does.
  for (const name of response.getHeaderNames())
    if (name !== 'connection') response.removeHeader(name);
  send(
    response,
    { status, body, isRead: request.complete },
    {
      'content-type': 'application/json',
      ...headers,
    },
  );
};

/** Spec §4.3 S2: no JSON, no content type. */
export const answerPlain = ({ status, text }: PlainRefusal, response: ServerResponse): void => {
  send(response, { status, body: text, isRead: response.req.complete }, {});
};

export const send = (
  response: ServerResponse,
  {
    status,
    body,
    isRead,
  }: { readonly status: number; readonly body: string; readonly isRead: boolean },
  headers: Readonly<Record<string, string>>,
): void => {
  response.writeHead(status, {
    ...headers,
    'content-length': Buffer.byteLength(body),
    // The rest of a request that was refused half-way would be taken for the next one.
    ...(!isRead && { connection: 'close' }),
  });
  response.end(body);
};
