import type { Completion } from '../kernel/call-record';
import type { Decider } from '../kernel/decider';
import type { CallId, Instant } from '../kernel/values';
import {
  SessionlessCallAuthorized,
  SessionlessCallCompleted,
  SessionlessCallRefused,
  type CallEvent,
} from './call.events';

interface Base<Type extends string> {
  readonly type: Type;
  readonly callId: CallId;
  readonly at: Instant;
}

type Facts<E extends CallEvent['type']> = Omit<Extract<CallEvent, { type: E }>['data'], 'callId'>;

export type CallCommand =
  | (Base<'AuthorizeCall'> & { readonly facts: Facts<'call.authorized'> })
  | (Base<'RefuseCall'> & { readonly facts: Facts<'call.refused'> })
  | (Base<'CompleteCall'> & { readonly completion: Completion });

export interface Call {
  readonly status: 'absent' | 'open' | 'over';
}

/** A request without a session: it passes or it does not, and ends once. */
export const callDecider: Decider<Call, CallCommand, CallEvent> = {
  initial: { status: 'absent' },
  revision: 1,

  decide(command, { status }) {
    const { callId, at } = command;
    switch (command.type) {
      case 'AuthorizeCall':
        return status === 'absent'
          ? [SessionlessCallAuthorized.of({ ...command.facts, callId }, at)]
          : [];
      case 'RefuseCall':
        return status === 'absent'
          ? [SessionlessCallRefused.of({ ...command.facts, callId }, at)]
          : [];
      case 'CompleteCall':
        return status === 'open'
          ? [SessionlessCallCompleted.of({ ...command.completion, callId }, at)]
          : [];
    }
  },

  evolve(_call, { type }) {
    return { status: type === 'call.authorized' ? 'open' : 'over' };
  },
};
