import { Logger, type OnApplicationShutdown } from '@nestjs/common';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Config } from '../platform/config';
import type { RequestHandler } from './request-handler';

const HEADER_BYTES_MAX = 64 * 1024;
/** From the first byte of a request to its last. */
const REQUEST_TIMEOUT_MS = 120_000;
/** How often header and request timeouts are looked at: with the platform's 30 s they would not hold. */
const TIMEOUTS_CHECKED_MS = 1_000;
const DRAIN_POLL_MS = 50;
/** For what only has to be written down. */
const SETTLE_MS = 2_000;
/** How long a peer that was told off may leave its half of the connection open. */
const FAREWELL_MS = 1_000;

const METHOD_NOT_ALLOWED =
  'HTTP/1.1 405 Method Not Allowed\r\nConnection: close\r\nContent-Length: 18\r\n\r\nMethod Not Allowed';

/** What to say to a request that is none; anything else is a plain 400. */
const CLIENT_ERRORS: Readonly<Record<string, string>> = {
  ERR_HTTP_REQUEST_TIMEOUT: '408 Request Timeout',
  HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large',
};

/** The data plane: a raw HTTP listener, because a proxy must not parse for anybody but itself. */
export class GatewayServer implements OnApplicationShutdown {
  private readonly logger = new Logger(GatewayServer.name);
  private readonly server: Server;
  private readonly underWay = new Set<ServerResponse>();
  /** All of them: the platform forgets those that it handed over. */
  private readonly sockets = new Set<Duplex>();
  private draining = false;

  constructor(
    private readonly handler: RequestHandler,
    private readonly config: Config,
  ) {
    this.server = createServer(
      {
        maxHeaderSize: HEADER_BYTES_MAX,
        headersTimeout: config.proxy.headerTimeoutSecs * 1000,
        requestTimeout: REQUEST_TIMEOUT_MS,
        connectionsCheckingInterval: TIMEOUTS_CHECKED_MS,
      },
      (request, response) => {
        void this.serve(request, response);
      },
    );
    if (config.proxy.maxConnections > 0) this.server.maxConnections = config.proxy.maxConnections;
    this.server.on('connection', (socket) => {
      this.sockets.add(socket);
      socket.once('close', () => this.sockets.delete(socket));
    });
    this.server.on('connect', (request, socket: Socket) => {
      void this.handler.refuseTunnel(request).then(() => {
        farewell(socket, METHOD_NOT_ALLOWED);
      });
      // The platform has let go of the socket by now, its errors included.
      socket.on('error', () => socket.destroy());
    });
    this.server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
      const status = CLIENT_ERRORS[error.code ?? ''] ?? '400 Bad Request';
      // In the middle of an answer, this one would be taken for a part of it.
      if (socket.writable && !this.isAnswering(socket))
        farewell(socket, `HTTP/1.1 ${status}\r\nConnection: close\r\n\r\n`);
      else socket.destroy();
    });
  }

  /** Throws when the address cannot be had. */
  listen(): Promise<AddressInfo> {
    const { listenAddr, listenPort } = this.config.proxy;
    return new Promise((resolve, reject) => {
      this.server.once('error', reject);
      this.server.listen(listenPort, listenAddr, () => {
        this.server.off('error', reject);
        this.server.on('error', (error) => {
          this.logger.error({ event: 'gateway_error', error: error.message });
        });
        resolve(this.server.address() as AddressInfo);
      });
    });
  }

  /** Accepts nothing more, lets what is under way finish for `graceMs`, then cuts it off. */
  async drain(graceMs: number): Promise<void> {
    this.draining = true;
    const closed = new Promise<void>((resolve) => {
      this.server.close(() => {
        resolve();
      });
    });
    this.server.closeIdleConnections();
    for (const response of this.underWay) announceClose(response);
    await this.settled(graceMs);
    const { size: requests } = this.underWay;
    if (requests > 0) {
      this.logger.warn({ event: 'drain_aborted', requests });
      this.handler.interrupt();
      await this.settled(SETTLE_MS);
    }
    for (const socket of this.sockets) socket.destroy();
    await closed;
    await this.handler.settled(SETTLE_MS);
  }

  /** After a start that failed, nothing has been drained yet. */
  async onApplicationShutdown(): Promise<void> {
    if (!this.draining) await this.drain(0);
  }

  /** Waits until nothing is under way, or time is up. */
  private async settled(timeoutMs: number): Promise<void> {
    const deadline = Date.now() + timeoutMs;
    while (this.underWay.size > 0 && Date.now() < deadline)
      await new Promise((resolve) => setTimeout(resolve, DRAIN_POLL_MS));
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (this.draining) {
      // The answer before it closes the connection: nobody would hear what became of this one.
      if (this.isAnswering(request.socket)) return;
      announceClose(response);
    }
    this.underWay.add(response);
    try {
      await this.handler.handle(request, response);
    } catch (error) {
      this.logger.error({ event: 'gateway_defect', error });
      response.destroy();
    } finally {
      this.underWay.delete(response);
      if (this.draining) request.socket.destroySoon();
    }
  }

  private isAnswering(socket: unknown): boolean {
    return [...this.underWay].some(({ req }) => req.socket === socket);
  }
}

/** Nothing times such a socket out any more, so it is closed here, whatever its peer does. */
const farewell = (socket: Duplex, text: string): void => {
  const closing = setTimeout(() => socket.destroy(), FAREWELL_MS).unref();
  socket.once('close', () => {
    clearTimeout(closing);
  });
  socket.end(text, () => socket.destroy());
};

const announceClose = (response: ServerResponse): void => {
  if (!response.headersSent) response.setHeader('connection', 'close');
};
