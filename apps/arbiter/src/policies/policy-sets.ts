import { Decisions, type EventContext } from '@arbiter/audit';
import {
  compilePolicySet,
  loadingErrors,
  POLICY_SET_STREAM,
  policySetDecider,
  requireLoadable,
  type PolicyDiagnostic,
  type PolicySet,
  type PolicySource,
} from '@arbiter/domain';
import { ConfigurationError, policyDigest, re2RegexCompiler } from '@arbiter/infra';
import { Injectable, Logger } from '@nestjs/common';
import { Clock } from '../platform/clock';
import { Config } from '../platform/config';
import { AdminFailure } from '../platform/errors/admin-failure';
import { readPolicies, type PolicyCandidate } from './policy-source';

export interface ActivePolicies {
  readonly set: PolicySet;
  /** Null when no source of policies is configured. */
  readonly digest: string | null;
  readonly source: PolicySource;
}

const START = {
  actor: { kind: 'process', id: 'policy-loader' },
  correlation: 'start',
} as const satisfies EventContext;

/** The rules in force. They are swapped as a whole, and only once their activation is recorded. */
@Injectable()
export class PolicySets {
  private readonly logger = new Logger(PolicySets.name);
  private active: ActivePolicies = {
    set: compilePolicySet([], re2RegexCompiler),
    digest: null,
    source: 'none',
  };
  private turn: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly config: Config,
    private readonly decisions: Decisions,
    private readonly clock: Clock,
  ) {}

  /** One request uses one answer throughout: the next one may differ. */
  current(): ActivePolicies {
    return this.active;
  }

  /** To be called before anything is served. Throws a `ConfigurationError` with every problem (E7). */
  async activate(): Promise<void> {
    const candidate = await this.readAtStart();
    const problems = loadingErrors(candidate.examination).map(textOf);
    if (problems.length > 0) throw new ConfigurationError(problems);
    await this.bringIntoForce(candidate, START);
  }

  /** Reads the source again; resolves to the number of rules. What fails leaves the old ones in force. */
  reload(context: EventContext): Promise<number> {
    // In turns, so that of two reloads the one that was asked for last has the last word.
    const turn = this.turn.then(async () =>
      this.bringIntoForce(await readPolicies(this.config.policy), context),
    );
    this.turn = turn.catch(() => undefined);
    return turn;
  }

  private async bringIntoForce(
    { source, examination }: PolicyCandidate,
    context: EventContext,
  ): Promise<number> {
    const policies = requireLoadable(examination);
    const set = compilePolicySet(policies, re2RegexCompiler);
    const digest = policyDigest(policies);
    const at = this.clock.now();
    const command = { type: 'ActivatePolicies', digest, source, policies, at } as const;
    await this.decisions.run(policySetDecider, POLICY_SET_STREAM, command, context);
    this.active = { set, digest: source === 'none' ? null : digest, source };
    for (const { policyId, message } of examination.diagnostics)
      this.logger.warn({ event: 'policy_warning', policy_id: policyId, message });
    return policies.length;
  }

  private async readAtStart(): Promise<PolicyCandidate> {
    try {
      return await readPolicies(this.config.policy);
    } catch (error) {
      if (!(error instanceof AdminFailure)) throw error;
      const reason = error.cause instanceof Error ? error.cause.message : 'unknown';
      throw new ConfigurationError([`policy.file: ${error.message}: ${reason}`]);
    }
  }
}

const textOf = ({ policyId, message }: PolicyDiagnostic): string =>
  policyId === null ? `policies: ${message}` : `policy "${policyId}": ${message}`;
