import type { AgentId, Instant } from '../kernel/values';
import type { PolicyContext } from './policy-call';
import { compilePolicySet } from './policy-compiler';
import { explain } from './policy-explanation';
import { examinePolicies } from './policy-examination';

const agentId = '00000000-0000-4000-8000-00000000000a' as AgentId;
const at = '2026-01-01T10:00:00.000Z' as Instant;
const context: PolicyContext = {
  agentId,
  trustLevel: 'basic',
  capabilities: [],
  principal: 'user:alice',
  groups: [],
  intent: '',
  delegationLinks: [],
  at,
};
const { policies } = examinePolicies(
  [
    { id: 'all', effect: 'allow', allowed_tools: ['*'] },
    {
      id: 'trusted-only',
      effect: 'escalate',
      agent_match: { trust_level: 'trusted' },
    },
    {
      id: 'noted',
      effect: 'deny',
      disposition: 'annotate',
      allowed_tools: ['write_file'],
      priority: 10,
    },
  ],
  () => () => true,
);
const set = compilePolicySet(policies, () => () => true);

describe('explain (§5.6)', () => {
  it('has one entry per rule, in file order, whoever won', () => {
    const call = { method: 'tools/call', tool: 'write_file', arguments: {}, uri: null };
    const about = { agentId, principalSub: 'user:alice', toolName: 'write_file', timestamp: at };
    const blocking = { disposition: 'block', ...about };
    expect(explain(set, context, call)).toEqual({
      decision: { effect: 'annotate', policyId: 'noted', reason: expect.any(String) },
      trace: [
        {
          policyId: 'all',
          matched: true,
          effect: 'allow',
          specificity: 0,
          skipReason: null,
          ...blocking,
        },
        {
          policyId: 'trusted-only',
          matched: false,
          effect: 'escalate',
          specificity: 50,
          skipReason: 'agent criteria not met',
          ...blocking,
        },
        {
          policyId: 'noted',
          matched: true,
          effect: 'deny',
          specificity: 10,
          skipReason: null,
          ...about,
          disposition: 'annotate',
        },
      ],
    });
  });

  it('goes by the method when no tool is called', () => {
    const call = { method: 'prompts/get', tool: null, arguments: undefined, uri: null };
    const { trace } = explain(set, context, call);
    expect(trace.map(({ toolName }) => toolName)).toEqual(Array(3).fill('prompts/get'));
    expect(trace[2]?.skipReason).toBe("tool '(none)' not in allowed_tools");
  });
});
