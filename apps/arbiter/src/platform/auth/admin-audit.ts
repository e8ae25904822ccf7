import type { EventContext } from '@arbiter/audit';
import type { AgentId } from '@arbiter/domain';
import { Injectable, Logger } from '@nestjs/common';

const DETAIL_CHARACTERS_MAX = 1024;
const ESCAPES: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

export interface AdminOperation {
  readonly operation: string;
  readonly agentId?: AgentId;
  /** Text of the caller's; it cannot forge a second line. */
  readonly detail?: string;
}

/** One log line for every call that changes something (spec §3.1). The facts themselves are events. */
@Injectable()
export class AdminAudit {
  private readonly logger = new Logger(AdminAudit.name);

  record(
    { actor, correlation }: EventContext,
    { operation, agentId, detail }: AdminOperation,
  ): void {
    this.logger.log({
      event: 'ADMIN_AUDIT',
      operation,
      ...(agentId !== undefined && { agent_id: agentId }),
      ...(detail !== undefined && { detail: onOneLine(detail) }),
      actor: actor.id,
      correlation,
    });
  }
}

const onOneLine = (text: string): string =>
  text
    .slice(0, DETAIL_CHARACTERS_MAX)
    .replace(/[\n\r\t]/g, (character) => ESCAPES[character] ?? '');
