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
  describe(messages: readonly McpMessage[], lifecycleIsFree: boolean): readonly JudgedCall[] {
    return messages.map((message) => ({
      method: message.method ?? 'response',
      tool: message.tool,
      uri: message.uri,
      arguments: message.arguments === undefined ? null : this.redact(message.arguments),
      argumentsDigest: message.arguments === undefined ? null : this.digest(message.arguments),
      free: lifecycleIsFree && message.lifecycle,
      policyId: null,
    }));
  }

  /** HMAC-SHA-256 over the compact JSON, in hex. */
  private digest(value: unknown): string {
    const text = JSON.stringify(value, (_key, member: unknown) =>
      typeof member === 'bigint' ? member.toString() : member,
    );
    return createHmac('sha256', this.key).update(text).digest('hex');
  }
}
