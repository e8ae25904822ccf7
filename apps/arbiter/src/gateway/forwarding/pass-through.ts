import type { ServerResponse } from 'node:http';
import type { Dispatcher } from 'undici';
import {
  ClientLeft,
  endingOf,
  hasNoBody,
  isEventStream,
  limitsFor,
  ResponseStalled,
  ResponseTooLarge,
  type Forwarded,
  type Head,
  type Limits,
} from './forwarded';

type Controller = Dispatcher.DispatchController;

interface Ways {
  readonly method: string;
  readonly limits: Limits;
  /** Called once before the first byte; or never. */
  readonly writeHead: (head: Head) => void;
}

/**
 * One answer on its way from the upstream's socket to the client's, at the client's pace. No
 * stream stands between the two: streams cost more than all that is decided about a call.
 */
export class PassThrough implements Dispatcher.DispatchHandler {
  readonly forwarded: Promise<Forwarded>;
  private settle: (forwarded: Forwarded) => void = () => undefined;
  private controller: Controller | undefined;
  private upstreamStatus: number | null = null;
  private responseBytes = 0;
  private aborted: Error | undefined;
  private limits: Limits;
  private idle: NodeJS.Timeout | undefined;

  constructor(
    private readonly response: ServerResponse,
    private readonly ways: Ways,
  ) {
    this.limits = ways.limits;
    this.forwarded = new Promise((resolve) => {
      this.settle = resolve;
    });
    response.once('close', this.onClose);
  }

  /** Ends the call with the outcome that `reason` stands for. */
  abort(reason: Error): void {
    this.aborted ??= reason;
    this.controller?.abort(this.aborted);
    // Too late for the upstream to be told: it has said everything, or was never reached.
    this.finish({ ...this.measured(), ...endingOf(this.aborted) });
  }

  /** May be called again when the connection breaks before anything was sent on it. */
  onRequestStart(controller: Controller): void {
    this.controller = controller;
    if (this.aborted !== undefined) controller.abort(this.aborted);
  }

  onResponseStart(controller: Controller, statusCode: number, headers: Head['headers']): void {
    if (statusCode < 200) return; // informational: the answer is still to come
    const head = { statusCode, headers };
    this.upstreamStatus = statusCode;
    this.limits = limitsFor(head, this.ways.limits);
    const announced = hasNoBody(this.ways.method, head)
      ? 0
      : Number(headers['content-length'] ?? 0);
    if (announced > this.limits.bytesMax) {
      controller.abort(new ResponseTooLarge());
      return;
    }
    this.idle = setTimeout(() => {
      // A client that reads nothing is not the upstream's fault.
      if (controller.paused) this.response.destroy();
      else controller.abort(new ResponseStalled());
    }, this.limits.idleMs);
    this.ways.writeHead(head);
    // The first event may be long in coming; until then the client waits for the stream itself.
    if (isEventStream(head)) this.response.flushHeaders();
  }

  onResponseData(controller: Controller, chunk: Buffer): void {
    this.idle?.refresh();
    this.responseBytes += chunk.length;
    if (this.responseBytes > this.limits.bytesMax) {
      controller.abort(new ResponseTooLarge());
      return;
    }
    if (this.response.write(chunk) || controller.paused) return;
    controller.pause();
    this.response.once('drain', () => {
      this.idle?.refresh();
      controller.resume();
    });
  }

  onResponseEnd(): void {
    clearTimeout(this.idle);
    this.response.end(() => {
      this.finish({ ...this.measured(), outcome: 'answered' });
    });
  }

  onResponseError(_controller: Controller | undefined, error: Error): void {
    this.finish({ ...this.measured(), ...endingOf(this.aborted ?? error) });
  }

  private readonly onClose = (): void => {
    this.abort(new ClientLeft());
  };

  private measured(): Pick<Forwarded, 'upstreamStatus' | 'responseBytes'> {
    const { upstreamStatus, responseBytes } = this;
    return { upstreamStatus, responseBytes };
  }

  /** The first outcome is the one that counts. */
  private finish(forwarded: Forwarded): void {
    clearTimeout(this.idle);
    this.response.off('close', this.onClose);
    this.settle(forwarded);
  }
}
