import { Logger } from '@nestjs/common';
import type { CommandBus } from '@nestjs/cqrs';
import type { CompleteCall } from './commands/complete-call.command';

const WAITING_MAX = 20_000;
const RETRY_MS = 1_000;
const POLL_MS = 20;

/**
 * Outcomes on their way to the log. What cannot be recorded while the store is failing waits here
 * and is tried again; what is left when the process ends is closed as interrupted by the next one.
 */
export class CompletionOutbox {
  private readonly logger = new Logger(CompletionOutbox.name);
  private readonly waiting: CompleteCall[] = [];
  private underWay = 0;
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly commands: CommandBus) {}

  send(completion: CompleteCall): void {
    this.underWay += 1;
    this.commands
      .execute(completion)
      .catch((error: unknown) => {
        this.keep(completion, error);
      })
      .finally(() => {
        this.underWay -= 1;
      });
  }

  /** Resolves when nothing is on its way any more, or time is up. */
  async settled(timeoutMs: number): Promise<void> {
    this.retry();
    const deadline = Date.now() + timeoutMs;
    while (this.underWay + this.waiting.length > 0 && Date.now() < deadline)
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }

  private keep(completion: CompleteCall, error: unknown): void {
    if (this.waiting.length >= WAITING_MAX) {
      const { callId } = completion;
      this.logger.error({ event: 'completion_not_recorded', request_id: callId, error });
      return;
    }
    this.waiting.push(completion);
    this.timer ??= setTimeout(() => {
      this.retry();
    }, RETRY_MS).unref();
  }

  /** One first: while the store fails, the others need not find that out each for itself. */
  private retry(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    const [first, ...rest] = this.waiting.splice(0);
    if (first === undefined) return;
    this.underWay += 1;
    this.commands
      .execute(first)
      .then(
        () => {
          for (const completion of rest) this.send(completion);
        },
        (error: unknown) => {
          for (const completion of [first, ...rest]) this.keep(completion, error);
        },
      )
      .finally(() => {
        this.underWay -= 1;
      });
  }
}
