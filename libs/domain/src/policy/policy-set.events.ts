import { listOf, natural, oneOf, shape, text } from '../kernel/codec';
import { defineEvent, type EventOf } from '../kernel/event';
import { policyRule } from './policy-rule';
import { POLICY_SOURCES } from './policy-set.commands';

/** Carries the rules themselves, so that a decision can be judged again from the log alone. */
export const PolicySetActivated = defineEvent(
  'policy-set.activated',
  shape({
    digest: text,
    source: oneOf(...POLICY_SOURCES),
    policies: listOf(policyRule),
    count: natural,
  }),
);

export const policySetEvents = [PolicySetActivated] as const;

export type PolicySetEvent = EventOf<(typeof policySetEvents)[number]>;
