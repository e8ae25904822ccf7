import { verifyDatabase } from '@arbiter/audit';
import { openReadOnly } from '@arbiter/infra';
import { setTimeout } from 'node:timers/promises';
import { ArbiterProcess } from '../support/arbiter-process';
import { answerJson, EchoUpstream, type ReceivedRequest } from '../support/echo-upstream';
import { gatewayToml, GovernedSession } from '../support/governed-session';
import { ClientLoad, type ClientSession } from './client-load';
import { KillMoment } from './kill-moment';
import { RecordedLog } from './recorded-log';
import { SeededRandom } from './seeded-random';
import { viewsThatDiffer } from './view-tables';

const UPSTREAM_MAX_MS = 8;
const LARGE_BUDGET = 1_000_000;
/** Runs out within most rounds, so that refusals are crashed on as well. */
const SMALL_BUDGET = 4;
const PROBLEMS_SHOWN_MAX = 20;

export interface CrashPlan {
  readonly rounds: number;
  readonly seed: number;
  readonly report: (line: string) => void;
}

/** What all rounds together have seen, so that nobody takes an idle test for a passed one. */
export interface CrashSummary {
  readonly events: number;
  readonly received: number;
  readonly answered: number;
  readonly refused: number;
  readonly interrupted: number;
}

/**
 * Kills a server under load at random moments, starts it again on what it left behind, and compares
 * the log with what the clients and the upstream have seen.
 */
export class CrashTest {
  private readonly random: SeededRandom;
  private readonly log = new RecordedLog();
  private readonly sessions: ClientSession[] = [];
  private moment: KillMoment | undefined;
  private readonly seen = { received: 0, answered: 0, refused: 0 };

  private constructor(
    private readonly plan: CrashPlan,
    private readonly upstream: EchoUpstream,
    private arbiter: ArbiterProcess,
  ) {
    this.random = new SeededRandom(plan.seed);
  }

  /** Throws with the seed and what is wrong as soon as a round has left something wrong. */
  static async run(plan: CrashPlan): Promise<CrashSummary> {
    const upstream = await EchoUpstream.start();
    const arbiter = await ArbiterProcess.start({ toml: tomlFor(upstream) });
    const test = new CrashTest(plan, upstream, arbiter);
    upstream.behave(async ({ body }, response) => {
      test.moment?.seen('received');
      await setTimeout(test.random.below(UPSTREAM_MAX_MS));
      answerJson(response, { jsonrpc: '2.0', id: 1, result: { content: [{ text: body }] } });
    });
    try {
      for (let round = 1; round <= plan.rounds; round += 1) await test.round(round);
      return { ...test.seen, events: test.log.position, interrupted: test.log.interrupted };
    } finally {
      await test.arbiter.dispose();
      await upstream.close();
    }
  }

  private async round(round: number): Promise<void> {
    const { seed, rounds, report } = this.plan;
    await this.openSessions();
    const load = new ClientLoad(this.arbiter, this.sessions.slice(-3), `round-${round}`, () => {
      this.moment?.seen('answered');
    });
    this.moment = new KillMoment(this.random, () => {
      load.expectEnd();
      this.arbiter.child.kill('SIGKILL');
    });
    await load.end();
    await this.arbiter.exited();
    const before = this.log.position;
    const { home } = this.arbiter;
    this.arbiter = await ArbiterProcess.start({ home, toml: tomlFor(this.upstream) });
    const problems = await this.problemsAfter(load);
    report(
      `round ${round} of ${rounds}: killed ${this.moment.description}, ${load.answers.length} answers, ` +
        `${this.log.position - before} events, ${problems.length} problems`,
    );
    if (problems.length === 0) return;
    const shown = problems.slice(0, PROBLEMS_SHOWN_MAX).join('\n  ');
    throw new Error(
      `Round ${round} with seed ${seed}, killed ${this.moment.description}, left ${problems.length} problems:\n  ${shown}`,
    );
  }

  /** Two that last and one that runs out; older ones stay as they are and are checked on. */
  private async openSessions(): Promise<void> {
    for (const call_budget of [LARGE_BUDGET, LARGE_BUDGET, SMALL_BUDGET])
      this.sessions.push(
        await GovernedSession.open(this.arbiter, {
          agent: { trust_level: 'trusted' },
          session: { call_budget },
        }),
      );
  }

  private async problemsAfter(load: ClientLoad): Promise<readonly string[]> {
    await this.log.read(this.arbiter.database);
    const forwarded = this.upstream.received.splice(0).map(markerOf);
    this.seen.received += forwarded.length;
    const problems = [
      ...load.problems,
      ...this.log.problems,
      ...this.unrecordedForwards(forwarded),
      ...this.unrecordedAnswers(load, new Set(forwarded)),
      ...load.confirmed
        .filter((fact) => !this.log.lifecycle.has(fact))
        .map((fact) => `confirmed and not in the log: ${fact}`),
      ...[...this.log.open].map((callId) => `call ${callId} is still open`),
      ...(await this.miscounted()),
      ...(await this.brokenChain()),
    ];
    const differing = await viewsThatDiffer(this.arbiter);
    return [...problems, ...differing.map((name) => `${name} is not what a rebuild gives`)];
  }

  private unrecordedForwards(forwarded: readonly string[]): readonly string[] {
    const twice = forwarded.filter((marker, index) => forwarded.indexOf(marker) !== index);
    return [
      ...twice.map((marker) => `call ${marker} was forwarded twice`),
      ...forwarded
        .filter((marker) => this.log.decisions.get(marker)?.type !== 'session.tool-call-authorized')
        .map((marker) => `call ${marker} was forwarded and its authorization is not in the log`),
    ];
  }

  private unrecordedAnswers(load: ClientLoad, forwarded: ReadonlySet<string>): readonly string[] {
    return load.answers.flatMap(({ marker, status, requestId }) => {
      const decision = this.log.decisions.get(marker);
      if (status === 200) {
        this.seen.answered += 1;
        return forwarded.has(marker) ? [] : [`call ${marker} was answered and never forwarded`];
      }
      this.seen.refused += 1;
      const isRecorded =
        status === 429 &&
        decision?.type === 'session.call-refused' &&
        decision.callId === requestId;
      return isRecorded ? [] : [`call ${marker} was refused with ${status}, which is not recorded`];
    });
  }

  private async miscounted(): Promise<readonly string[]> {
    const problems: string[] = [];
    for (const { sessionId } of this.sessions) {
      const { body } = await this.arbiter.admin('GET', `/sessions/${sessionId}`);
      const charged = this.log.charged.get(sessionId) ?? 0;
      if (body['calls_made'] !== charged)
        problems.push(
          `session ${sessionId} says ${String(body['calls_made'])} calls, the log charged ${charged}`,
        );
    }
    return problems;
  }

  private async brokenChain(): Promise<readonly string[]> {
    const source = await openReadOnly(this.arbiter.database);
    try {
      const { finding } = await verifyDatabase(source);
      return finding === undefined ? [] : [`position ${finding.position}: ${finding.problem}`];
    } finally {
      await source.destroy();
    }
  }
}

const tomlFor = ({ url }: EchoUpstream): string => gatewayToml({ upstreamUrl: url });

const markerOf = ({ body }: ReceivedRequest): string => {
  const call = JSON.parse(body) as { readonly params: { readonly arguments: Marked } };
  return call.params.arguments.marker;
};

interface Marked {
  readonly marker: string;
}
