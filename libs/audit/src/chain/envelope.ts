import type { Instant, TenantId } from '@arbiter/domain';

export type StreamId = `${string}/${string}`;

export interface Actor {
  readonly kind: 'admin' | 'agent' | 'tenant' | 'process' | 'anonymous';
  readonly id: string;
}

/** On whose behalf something happens, and what it belongs to. */
export interface EventContext {
  readonly actor: Actor;
  readonly tenant?: TenantId;
  readonly correlation: string;
  /** The id of the event that led to this one. */
  readonly causation?: string;
}

/** What a hash commits to. The data is present only by digest, so that it can be erased. */
export interface Envelope extends EventContext {
  /** Gapless and global, from 1. */
  readonly position: number;
  readonly stream: StreamId;
  /** Gapless within its stream, from 1. */
  readonly version: number;
  readonly id: string;
  readonly type: string;
  readonly schema: number;
  readonly at: Instant;
  readonly dataDigest: string;
  /** The hash of the event before this one. */
  readonly prev: string;
}

export interface Link extends Envelope {
  readonly hash: string;
}

export interface Payload {
  readonly salt: string;
  /** RFC 8785 text. */
  readonly data: string;
}

export interface StoredEvent {
  readonly link: Link;
  /** Absent once it has been erased. */
  readonly payload: Payload | undefined;
}
