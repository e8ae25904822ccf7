import { Column, Entity, PrimaryColumn } from 'typeorm';

/** How far a projection has come. The hash tells whether it came along this log or another. */
@Entity('checkpoints')
export class CheckpointRow {
  @PrimaryColumn('text') name!: string;
  @Column('integer') revision!: number;
  @Column('integer') position!: number;
  @Column('text') hash!: string;
}
