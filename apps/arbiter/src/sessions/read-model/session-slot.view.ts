import type { AgentId, SessionId } from '@arbiter/domain';
import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A session that counts against the cap of its agent (spec §3.5). */
@Entity('session_slot_views')
export class SessionSlotView {
  @PrimaryColumn('text', { name: 'session_id' }) sessionId!: SessionId;
  @Column('text', { name: 'agent_id' }) agentId!: AgentId;
  /** `ended` has to be given back; `admitted` too, unless the session is just being opened. */
  @Column('text') state!: 'admitted' | 'open' | 'ended';
}
