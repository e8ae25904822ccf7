import { Agent } from 'undici';
import type { ArbiterProcess } from '../support/arbiter-process';
import { send, toolCall } from '../support/governed-session';
import { within } from '../support/waiting';

const CALLERS = 18;
const END_TIMEOUT_MS = 30_000;

/** A session as its client knows it: it outlives the process that opened it. */
export interface ClientSession {
  readonly sessionId: string;
  readonly agentId: string;
  readonly token: string;
}

export interface Answered {
  readonly marker: string;
  readonly status: number;
  /** The id by which a refusal can be found in the log. */
  readonly requestId: string | undefined;
}

/** Clients that call as fast as they are answered, until the server is gone. */
export class ClientLoad {
  /** What reached a client whole. */
  readonly answers: Answered[] = [];
  /** `session.opened` and `session.ended`, each followed by the id, as the admin API confirmed them. */
  readonly confirmed: string[] = [];
  readonly problems: string[] = [];
  private readonly dispatcher = new Agent();
  private readonly ended: Promise<unknown>;
  private isExpectedToEnd = false;

  constructor(
    private readonly arbiter: ArbiterProcess,
    sessions: readonly ClientSession[],
    private readonly name: string,
    private readonly onAnswer: () => void,
  ) {
    const callers = Array.from({ length: CALLERS }, (_, index) =>
      this.call(sessions[index % sessions.length]?.token ?? '', index),
    );
    const agentId = sessions[0]?.agentId ?? '';
    this.ended = Promise.all([...callers, this.openAndClose(agentId)]);
  }

  /** From now on the server may be gone at any time. */
  expectEnd(): void {
    this.isExpectedToEnd = true;
  }

  /** Resolves when every client has noticed that the server is gone. */
  async end(): Promise<void> {
    await within(END_TIMEOUT_MS, this.ended, 'the server was not killed');
    await this.dispatcher.destroy();
  }

  private async call(token: string, caller: number): Promise<void> {
    await this.untilGone(async (n) => {
      const marker = `${this.name}-${caller}-${n}`;
      const { status, json } = await send(`${this.arbiter.dataUrl}/mcp`, {
        headers: { authorization: `Bearer ${token}` },
        body: toolCall('echo', { marker }),
        dispatcher: this.dispatcher,
      });
      const { error } = (json ?? {}) as { readonly error?: { readonly request_id?: string } };
      this.answers.push({ marker, status, requestId: error?.request_id });
      this.onAnswer();
    });
  }

  private async openAndClose(agentId: string): Promise<void> {
    await this.untilGone(async () => {
      const terms = { agent_id: agentId, declared_intent: 'come and go' };
      const opened = await this.arbiter.admin('POST', '/sessions', terms);
      const id = String(opened.body['session_id']);
      if (opened.status !== 201) this.problems.push(`POST /sessions answered ${opened.status}`);
      else this.confirmed.push(`session.opened ${id}`);
      const closed = await this.arbiter.admin('POST', `/sessions/${id}/close`);
      if (closed.status !== 200) this.problems.push(`closing ${id} answered ${closed.status}`);
      else this.confirmed.push(`session.ended ${id}`);
    });
  }

  private async untilGone(step: (n: number) => Promise<void>): Promise<void> {
    for (let n = 0; ; n += 1) {
      try {
        await step(n);
      } catch (error) {
        if (!this.isExpectedToEnd) this.problems.push(`${this.name}: ${String(error)}`);
        return;
      }
    }
  }
}
