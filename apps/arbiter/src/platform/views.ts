import type { ProjectionEngine } from '@arbiter/audit';
import type { DataSource, EntityTarget, ObjectLiteral, Repository } from 'typeorm';

const SETTLE_TIMEOUT_MS = 2_000;

/** Read-only access to the views: the connection behind it cannot write. */
export class Views {
  constructor(
    private readonly reader: DataSource,
    private readonly projections: ProjectionEngine,
  ) {}

  /**
   * The rows of a view, including everything that was recorded before the call: whoever got an
   * answer to a command reads its effect. A view that cannot keep up is read as it is.
   */
  async of<T extends ObjectLiteral>(view: EntityTarget<T>): Promise<Repository<T>> {
    await this.projections.settled(SETTLE_TIMEOUT_MS);
    return this.reader.getRepository(view);
  }
}
