import { redactor, type JudgedCall, type Redact } from '@arbiter/domain';
import { createHmac, hkdfSync } from 'node:crypto';
import type { McpMessage } from './mcp/mcp-message';

const KEY_BYTES = 32;

/** How judged messages are written down: arguments redacted, and a digest of them as they were. */
export class CallRecorder {
  private readonly redact: Redact;
  private readonly key: Uint8Array;

  /** An empty list of patterns stands for the built-in one (spec §10.3). */
  constructor(patterns: readonly string[], signingSecret: string) {
    this.redact = patterns.length === 0 ? redactor() : redactor(patterns);
    // Keyed, because arguments are often guessable and the digest of a guess would confirm it.
    this.key = new Uint8Array(
      hkdfSync('sha256', signingSecret, '', 'arbiter arguments digest', KEY_BYTES),
    );
  }

  /** `lifecycle = "strict"` charges everything (D4). */
  describe(
    messages: readonly McpMessage[],
    argumentTexts: readonly (string | null)[],
    lifecycleIsFree: boolean,
  ): readonly JudgedCall[] {
    return messages.map((message, index) => ({
      method: message.method ?? 'response',
      tool: message.tool,
      uri: message.uri,
      arguments: message.arguments === undefined ? null : this.redact(message.arguments),
      argumentsDigest: this.digest(argumentTexts[index] ?? null),
      free: lifecycleIsFree && message.lifecycle,
      policyId: null,
    }));
  }

  /** HMAC-SHA-256 over the compact JSON as it is forwarded, in hex. */
  private digest(text: string | null): string | null {
    return text === null ? null : createHmac('sha256', this.key).update(text).digest('hex');
  }
}
