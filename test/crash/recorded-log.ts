import { openReadOnly } from '@arbiter/infra';

const PAGE = `SELECT position, stream, version, type, data FROM event_log
  WHERE position > ? ORDER BY position LIMIT ?`;
const PAGE_MAX = 1_000;

interface Row {
  readonly position: number;
  readonly stream: string;
  readonly version: number;
  readonly type: string;
  readonly data: string;
}

interface Data {
  readonly callId?: string;
  readonly sessionId?: string;
  readonly charged?: number;
  readonly outcome?: string;
  readonly calls?: readonly { readonly arguments: { readonly marker?: string } | null }[];
}

/** What the log says about one call of the load. */
export interface Decision {
  readonly type: string;
  readonly callId: string;
}

/** Everything that was ever read from a log, which only grows: each reading goes on after the last. */
export class RecordedLog {
  position = 0;
  /** By the marker that the client put into its arguments. */
  readonly decisions = new Map<string, Decision>();
  readonly charged = new Map<string, number>();
  /** `session.opened` and `session.ended`, each followed by the id. */
  readonly lifecycle = new Set<string>();
  /** Forwarded calls without an outcome. */
  readonly open = new Set<string>();
  interrupted = 0;
  /** What should never be seen in a log. */
  readonly problems: string[] = [];
  private readonly versions = new Map<string, number>();

  async read(database: string): Promise<void> {
    const source = await openReadOnly(database);
    try {
      for (;;) {
        const page = await source.query<Row[]>(PAGE, [this.position, PAGE_MAX]);
        if (page.length === 0) return;
        for (const row of page) this.add(row);
      }
    } finally {
      await source.destroy();
    }
  }

  private add({ position, stream, version, type, data: text }: Row): void {
    if (position !== this.position + 1)
      this.problems.push(`position ${position} follows ${this.position}`);
    const before = this.versions.get(stream) ?? 0;
    if (version !== before + 1)
      this.problems.push(`version ${version} of ${stream} follows ${before}`);
    this.position = position;
    this.versions.set(stream, version);
    this.note(type, JSON.parse(text) as Data);
  }

  private note(type: string, data: Data): void {
    const { callId = '', sessionId = '' } = data;
    switch (type) {
      case 'session.opened':
      case 'session.ended':
        this.lifecycle.add(`${type} ${sessionId}`);
        return;
      case 'session.call-completed':
        this.complete(callId, data.outcome);
        return;
      case 'session.tool-call-authorized':
        this.open.add(callId);
        this.charge(data, { type, callId });
        return;
      case 'session.call-refused':
        this.charge(data, { type, callId });
        return;
      default:
    }
  }

  private charge({ sessionId = '', charged = 0, calls = [] }: Data, decision: Decision): void {
    this.charged.set(sessionId, (this.charged.get(sessionId) ?? 0) + charged);
    for (const { arguments: sent } of calls) this.decide(sent?.marker, decision);
  }

  private decide(marker: string | undefined, decision: Decision): void {
    if (marker === undefined) return;
    if (this.decisions.has(marker)) this.problems.push(`call ${marker} was decided twice`);
    this.decisions.set(marker, decision);
  }

  private complete(callId: string, outcome: string | undefined): void {
    if (!this.open.delete(callId)) this.problems.push(`call ${callId} ended without being open`);
    if (outcome === 'interrupted') this.interrupted += 1;
  }
}
