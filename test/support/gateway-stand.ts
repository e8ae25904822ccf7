import { ArbiterProcess } from './arbiter-process';
import { EchoUpstream } from './echo-upstream';
import { gatewayToml, GovernedSession, type Terms } from './governed-session';

interface StandOptions {
  readonly proxy?: readonly string[];
  readonly sections?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** A gateway with an upstream of ours behind it. */
export class GatewayStand {
  private constructor(
    readonly upstream: EchoUpstream,
    readonly toml: string,
    readonly arbiter: ArbiterProcess,
  ) {}

  static async start({ env, ...toml }: StandOptions = {}): Promise<GatewayStand> {
    const upstream = await EchoUpstream.start();
    const text = gatewayToml({ upstreamUrl: upstream.url, ...toml });
    const arbiter = await ArbiterProcess.start({ toml: text, ...(env !== undefined && { env }) });
    return new GatewayStand(upstream, text, arbiter);
  }

  get url(): string {
    return this.arbiter.dataUrl;
  }

  openSession(session: object = {}, agent: object = {}): Promise<GovernedSession> {
    const terms: Terms = { session, agent };
    return GovernedSession.open(this.arbiter, terms);
  }

  /** What is counted under a name and labels at `GET /metrics`; 0 when it has no sample. */
  async metric(sample: string): Promise<number> {
    const text = await (await fetch(`${this.url}/metrics`)).text();
    const line = text.split('\n').find((candidate) => candidate.startsWith(`${sample} `));
    return line === undefined ? 0 : Number(line.slice(sample.length + 1));
  }

  async stop(): Promise<void> {
    await this.arbiter.dispose();
    await this.upstream.close();
  }
}
