import type { Link, Payload, StoredEvent } from './envelope';
import { GENESIS, hashOf, isUntouched, type Head } from './hash-chain';

/** The first place where a log is not what its hashes commit to. */
export interface Finding {
  readonly position: number;
  readonly problem: string;
}

export interface Verification {
  readonly events: number;
  /** Payloads that were erased the official way. */
  readonly erased: number;
  readonly head: Head;
  readonly finding: Finding | undefined;
}

export const ERASURE_TYPE = 'log.payloads-erased';

/**
 * Reads a log in position order and stops at the first event that is not what its link commits to.
 * A payload may be missing when a later event of the log says that it was erased, and only then.
 */
export class ChainVerifier {
  private head = GENESIS;
  private events = 0;
  /** Payloads that are absent: without an explanation so far, and with one. */
  private readonly missing = new Set<number>();
  private readonly erased = new Set<number>();
  private finding: Finding | undefined;

  /** False once there is a finding: nothing after it can be judged. */
  accept(event: StoredEvent): boolean {
    if (this.finding !== undefined) return false;
    const problem = problemOf(event, this.head);
    if (problem !== undefined) {
      this.finding = problem;
      return false;
    }
    const { link, payload } = event;
    this.head = { position: link.position, hash: link.hash };
    this.events += 1;
    if (link.type === ERASURE_TYPE) this.finding = this.forget(link, payload);
    else if (payload === undefined) this.missing.add(link.position);
    return this.finding === undefined;
  }

  /** `recorded` is where the store says the log ends: a log that was cut off ends earlier. */
  finish(recorded: Head): Verification {
    this.finding = earliest([this.finding, this.unexplained(), this.cutOff(recorded)]);
    const { events, erased, head, finding } = this;
    return { events, erased: erased.size, head, finding };
  }

  /** An event may be erased again, but its payload never comes back. */
  private forget({ position: record }: Link, payload: Payload | undefined): Finding | undefined {
    const positions = payload && erasedPositions(payload);
    if (positions === undefined)
      return { position: record, problem: 'the record of an erasure cannot be read' };
    for (const position of positions) if (this.missing.delete(position)) this.erased.add(position);
    const back = positions.filter((position) => !this.erased.has(position));
    return back.length === 0
      ? undefined
      : { position: lowest(back), problem: 'the payload was erased and is there again' };
  }

  private unexplained(): Finding | undefined {
    // Unknown beyond a broken link: the event that explains it may lie there.
    if (this.finding !== undefined) return undefined;
    const [position] = this.missing;
    return position === undefined
      ? undefined
      : { position, problem: 'the payload is missing and no event says that it was erased' };
  }

  private cutOff(recorded: Head): Finding | undefined {
    if (this.finding !== undefined) return undefined;
    if (recorded.position === this.head.position && recorded.hash === this.head.hash)
      return undefined;
    return recorded.position > this.head.position
      ? {
          position: this.head.position + 1,
          problem: `the log ends at ${this.head.position} but was recorded up to ${recorded.position}`,
        }
      : {
          position: firstBeyond(recorded, this.head),
          problem: 'the event is beyond the recorded end of the log',
        };
  }
}

/** Where no end is on record at all, the last event stands for it. */
const firstBeyond = (recorded: Head, head: Head): number =>
  recorded.position === GENESIS.position
    ? head.position
    : Math.min(recorded.position + 1, head.position);

const lowest = (positions: readonly number[]): number =>
  positions.reduce((least, position) => Math.min(least, position));

/** Undefined for what our own store would never have recorded. */
const erasedPositions = ({ data }: Payload): readonly number[] | undefined => {
  try {
    const { positions } = JSON.parse(data) as { readonly positions: unknown };
    return Array.isArray(positions) && positions.every(Number.isSafeInteger)
      ? (positions as readonly number[])
      : undefined;
  } catch {
    return undefined;
  }
};

const earliest = (findings: readonly (Finding | undefined)[]): Finding | undefined =>
  findings
    .filter((finding) => finding !== undefined)
    .sort((a, b) => a.position - b.position)
    .at(0);

const problemOf = ({ link, payload }: StoredEvent, head: Head): Finding | undefined => {
  const expected = head.position + 1;
  if (link.position > expected) return { position: expected, problem: 'the event is missing' };
  const problem =
    envelopeProblem(link, head) ??
    (payload !== undefined && !isUntouched(payload, link.dataDigest)
      ? 'the payload is not what the envelope commits to'
      : undefined);
  return problem === undefined ? undefined : { position: link.position, problem };
};

const envelopeProblem = (link: Link, head: Head): string | undefined => {
  if (link.position <= head.position) return 'the event does not belong here';
  if (link.prev !== head.hash) return 'the event is not linked to the one before it';
  const { hash, ...envelope } = link;
  return hashOf(envelope) === hash ? undefined : 'the envelope is not what its hash commits to';
};
