import type { AgentId, Instant, TrustLevel } from '@arbiter/domain';
import { Column, Entity, PrimaryColumn } from 'typeorm';

@Entity('agent_views')
export class AgentView {
  @PrimaryColumn('text', { name: 'agent_id' }) agentId!: AgentId;
  @Column('text') owner!: string;
  @Column('text') model!: string;
  @Column('simple-json') capabilities!: readonly string[];
  @Column('text', { name: 'trust_level' }) trustLevel!: TrustLevel;
  @Column('text', { name: 'created_at' }) createdAt!: Instant;
  @Column('text', { name: 'expires_at', nullable: true }) expiresAt!: Instant | null;
  @Column('boolean') active!: boolean;
}
