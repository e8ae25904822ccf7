import type { CallId, SessionId } from '@arbiter/domain';
import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A request that was forwarded and whose outcome is not recorded yet. */
@Entity('open_call_views')
export class OpenCallView {
  @PrimaryColumn('text', { name: 'call_id' }) callId!: CallId;
  @Column('text', { name: 'session_id', nullable: true }) sessionId!: SessionId | null;
  @Column('text', { name: 'authorized_at' }) authorizedAt!: string;
}
