import { policyDigest } from './policy-digest';
import { examinePolicyToml } from './policy-file';

const rules = (text: string) => examinePolicyToml(text).policies;
const read = '[[policies]]\nid = "r"\neffect = "allow"\nallowed_tools = ["read"]\n';
const write = '[[policies]]\nid = "w"\neffect = "allow"\nallowed_tools = ["write"]\n';

describe('the digest of a policy set', () => {
  it('is the SHA-256 of the canonical JSON', () => {
    // printf '[]' | sha256sum
    expect(policyDigest([])).toBe(
      '4f53cda18c2baa0c0354bb5f9a3ecbe5ed12ab4d8e11ba873c2f11161202b945',
    );
  });

  it('does not see layout, comments and defaults', () => {
    const spelledOut =
      '# readers\n[[policies]]\neffect="allow"\nid="r"\npriority=0\nallowed_tools=["read"]';
    expect(policyDigest(rules(spelledOut))).toBe(policyDigest(rules(read)));
  });

  it('sees the order, which decides ties', () => {
    expect(policyDigest(rules(read + write))).not.toBe(policyDigest(rules(write + read)));
  });
});
