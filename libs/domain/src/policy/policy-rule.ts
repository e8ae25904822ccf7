import {
  id,
  listOf,
  nullable,
  oneOf,
  shape,
  text,
  type Decoded,
  type Decoder,
} from '../kernel/codec';
import { malformedEvent } from '../kernel/errors';
import { TRUST_LEVELS } from '../kernel/values';

export const POLICY_EFFECTS = ['allow', 'deny', 'escalate'] as const;
export type PolicyEffect = (typeof POLICY_EFFECTS)[number];

export const POLICY_DISPOSITIONS = ['block', 'annotate'] as const;
export type PolicyDisposition = (typeof POLICY_DISPOSITIONS)[number];

const int32: Decoder<number> = (value, path) => {
  if (typeof value === 'number' && (value | 0) === value) return value;
  throw malformedEvent({ path, expected: 'a 32-bit integer' });
};

const finite: Decoder<number> = (value, path) => {
  if (Number.isFinite(value)) return value as number;
  throw malformedEvent({ path, expected: 'a finite number' });
};

/** What one argument has to be like. Neither bound nor list: it has to be there (§5.2). */
const parameterConstraint = shape({
  key: text,
  maxValue: nullable(finite),
  minValue: nullable(finite),
  allowedValues: listOf(text),
});

/**
 * One rule of the policy language (§5.1) as plain JSON: what a policy file says once it is parsed,
 * and what the log keeps. Every key is there; `null` and `[]` mean "not asked for".
 */
export const policyRule = shape({
  id: text,
  effect: oneOf(...POLICY_EFFECTS),
  /** Matters for `deny` only: `annotate` forwards the call and records the objection. */
  disposition: oneOf(...POLICY_DISPOSITIONS),
  /** The tools the rule is about, whatever its effect is. */
  allowedTools: listOf(text),
  resourceMatch: listOf(text),
  /** 0 asks for the automatic score (§5.3). */
  priority: int32,
  agentMatch: shape({
    agentId: nullable(id('agent')),
    trustLevel: nullable(oneOf(...TRUST_LEVELS)),
    capabilities: listOf(text),
  }),
  principalMatch: shape({ sub: nullable(text), groups: listOf(text) }),
  intentMatch: shape({ keywords: listOf(text), regex: nullable(text) }),
  parameterConstraints: listOf(parameterConstraint),
});

export type PolicyRule = Decoded<typeof policyRule>;
export type ParameterConstraint = Decoded<typeof parameterConstraint>;
