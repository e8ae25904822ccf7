import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { BODY_BYTES_MAX } from './json-body';

/** A parameter that is too long is still judged, and is wrong, instead of being no route at all. */
const PARAMETER_CHARACTERS_MAX = 16_384;
/** From the first byte to the last of a request; a client that dribbles does not hold a socket. */
const REQUEST_TIMEOUT_MS = 30_000;

/** HTTP as the control plane needs it. What Fastify answers by itself has the shape of the others. */
export const controlPlaneAdapter = (): FastifyAdapter =>
  new FastifyAdapter({
    bodyLimit: BODY_BYTES_MAX,
    requestTimeout: REQUEST_TIMEOUT_MS,
    forceCloseConnections: 'idle',
    routerOptions: { maxParamLength: PARAMETER_CHARACTERS_MAX },
    frameworkErrors: answerBadTarget,
    clientErrorHandler: answerUnreadable,
  });

interface Reply {
  readonly raw: ServerResponse;
}

const answerBadTarget = (_error: unknown, _request: unknown, { raw }: Reply): void => {
  raw.writeHead(400, { 'content-type': 'application/json' });
  raw.end(JSON.stringify({ error: 'the request target is malformed' }));
};

const STATUS_LINES: Readonly<Record<string, string>> = {
  HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large',
  ERR_HTTP_REQUEST_TIMEOUT: '408 Request Timeout',
};

/** There is no request yet, so the answer is written by hand. */
const answerUnreadable = (error: NodeJS.ErrnoException, socket: Socket): void => {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const status = STATUS_LINES[error.code ?? ''] ?? '400 Bad Request';
  const body = JSON.stringify({ error: 'the request is not readable' });
  socket.end(
    `HTTP/1.1 ${status}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`,
  );
};
