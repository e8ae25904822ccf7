import type { AgentId, Instant, Sensitivity, SessionId } from '@arbiter/domain';
import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

@Entity('session_views')
@Index('session_views_deadline', ['status', 'expiresAt'])
export class SessionView {
  @PrimaryColumn('text', { name: 'session_id' }) sessionId!: SessionId;
  @Column('text', { name: 'agent_id' }) agentId!: AgentId;
  @Column('text', { name: 'declared_intent' }) declaredIntent!: string;
  @Column('simple-json', { name: 'authorized_tools' }) authorizedTools!: readonly string[];
  @Column('simple-json', { name: 'authorized_credentials' })
  authorizedCredentials!: readonly string[];
  /** As it was recorded: a session past its deadline reads `active` until it is swept. */
  @Column('text') status!: 'active' | 'closed' | 'expired';
  @Column('integer', { name: 'calls_made' }) callsMade!: number;
  @Column('integer', { name: 'call_budget' }) callBudget!: number;
  @Column('integer', { name: 'rate_limit', nullable: true }) rateLimit!: number | null;
  @Column('text', { name: 'sensitivity_ceiling' }) sensitivityCeiling!: Sensitivity;
  @Column('integer', { name: 'time_limit_secs' }) timeLimitSecs!: number;
  @Column('text', { name: 'created_at' }) createdAt!: Instant;
  @Column('text', { name: 'expires_at' }) expiresAt!: Instant;
  @Column('text', { name: 'ended_at', nullable: true }) endedAt!: Instant | null;
  @Column('integer', { name: 'denied_attempts' }) deniedAttempts!: number;
}
