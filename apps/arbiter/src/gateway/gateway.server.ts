import { Logger } from '@nestjs/common';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Config } from '../platform/config';
import type { RequestHandler } from './request-handler';

const HEADER_BYTES_MAX = 64 * 1024;
/** From the first byte of a request to its last. */
const REQUEST_TIMEOUT_MS = 120_000;
const DRAIN_POLL_MS = 50;

/** The data plane: a raw HTTP listener, because a proxy must not parse for anybody but itself. */
export class GatewayServer {
  private readonly logger = new Logger(GatewayServer.name);
  private readonly server: Server;
  private inFlight = 0;
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
      },
      (request, response) => {
        void this.serve(request, response);
      },
    );
    if (config.proxy.maxConnections > 0) this.server.maxConnections = config.proxy.maxConnections;
    this.server.on('connect', (_request, socket: Socket) => {
      socket.end(
        'HTTP/1.1 405 Method Not Allowed\r\nConnection: close\r\nContent-Length: 18\r\n\r\nMethod Not Allowed',
      );
    });
    this.server.on('clientError', (_error, socket) => {
      if (socket.writable) socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n');
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
    const deadline = Date.now() + graceMs;
    while (this.inFlight > 0 && Date.now() < deadline)
      await new Promise((resolve) => setTimeout(resolve, DRAIN_POLL_MS));
    if (this.inFlight > 0) this.logger.warn({ event: 'drain_aborted', requests: this.inFlight });
    this.server.closeAllConnections();
    await closed;
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.inFlight += 1;
    if (this.draining) response.setHeader('connection', 'close');
    try {
      await this.handler.handle(request, response);
    } catch (error) {
      this.logger.error({ event: 'gateway_defect', error });
      response.destroy();
    } finally {
      this.inFlight -= 1;
    }
  }
}
