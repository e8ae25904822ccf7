import { TRUST_LEVELS } from '../kernel/values';
import { IntentText } from './intent-text';
import { parameterFits } from './parameter-matcher';
import type { PolicyCall, PolicyContext } from './policy-call';
import type { CompiledPolicy } from './policy-compiler';

/** A call and its context, prepared once and then held against every rule. */
export interface Subject {
  readonly context: PolicyContext;
  readonly call: PolicyCall;
  readonly tool: string | null;
  readonly trustRank: number;
  readonly capabilities: ReadonlySet<string>;
  readonly intent: IntentText;
}

export const subjectOf = (context: PolicyContext, call: PolicyCall): Subject => ({
  context,
  call,
  tool: call.tool?.toLowerCase() ?? null,
  trustRank: TRUST_LEVELS.indexOf(context.trustLevel),
  capabilities: new Set(context.capabilities),
  intent: new IntentText(context.intent),
});

/** All five checks of §5.2, the cheap ones first: the order does not change the answer. */
export const matches = (policy: CompiledPolicy, subject: Subject): boolean =>
  matchesApartFromParameters(policy, subject) && parametersMatch(policy, subject);

/** Whether the rule is about this agent, principal, intent and tool, whatever the arguments are. */
export const matchesApartFromParameters = (policy: CompiledPolicy, subject: Subject): boolean =>
  toolMatches(policy, subject) &&
  agentMatches(policy, subject) &&
  principalMatches(policy, subject) &&
  intentMatches(policy, subject);

/** The first failing check in the order of §5.2, in words that clients see; null for a match. */
export const skipReasonOf = (policy: CompiledPolicy, subject: Subject): string | null => {
  if (!agentMatches(policy, subject)) return 'agent criteria not met';
  if (!principalMatches(policy, subject)) return 'principal criteria not met';
  if (!intentMatches(policy, subject)) return 'intent criteria not met';
  if (!toolMatches(policy, subject)) {
    return `tool '${subject.call.tool ?? '(none)'}' not in allowed_tools`;
  }
  return parametersMatch(policy, subject) ? null : 'parameter constraints not met';
};

const agentMatches = ({ rule, trustRank }: CompiledPolicy, subject: Subject): boolean => {
  const { agentId, capabilities } = rule.agentMatch;
  if (agentId !== null && agentId !== subject.context.agentId) return false;
  if (subject.trustRank < trustRank) return false;
  return capabilities.every((capability) => subject.capabilities.has(capability));
};

const principalMatches = ({ rule }: CompiledPolicy, { context }: Subject): boolean => {
  const { sub, groups } = rule.principalMatch;
  if (sub !== null && sub !== context.principal) return false;
  return groups.length === 0 || groups.some((group) => context.groups.includes(group));
};

const intentMatches = ({ keywords, regex }: CompiledPolicy, { intent }: Subject): boolean =>
  keywords.every((keyword) => intent.mentions(keyword)) && (regex === null || regex(intent.raw));

const toolMatches = (policy: CompiledPolicy, { tool, call }: Subject): boolean => {
  if (policy.anyTool) return resourceMatches(policy, call);
  if (tool !== null) return policy.tools.has(tool);
  if (call.method === 'tools/call') return false;
  return policy.methods.has(call.method) && resourceMatches(policy, call);
};

const resourceMatches = ({ rule }: CompiledPolicy, { uri }: PolicyCall): boolean =>
  rule.resourceMatch.length === 0 ||
  (uri !== null && rule.resourceMatch.some((prefix) => uri.startsWith(prefix)));

const parametersMatch = ({ parameters }: CompiledPolicy, { call }: Subject): boolean =>
  parameters.every((matcher) => parameterFits(matcher, call.arguments));
