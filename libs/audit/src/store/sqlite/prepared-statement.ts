import type { Statement } from 'sqlite3';
import type { DataSource } from 'typeorm';

interface Connection {
  prepare(sql: string, done: (error: Error | null) => void): Statement;
}

/** A statement that is compiled once. TypeORM compiles anew at every call. */
export class PreparedStatement {
  private constructor(private readonly statement: Statement) {}

  static async prepare(source: DataSource, sql: string): Promise<PreparedStatement> {
    // The driver keeps its sqlite3 connection on a member that its type does not declare.
    const { databaseConnection } = source.driver as unknown as { databaseConnection: Connection };
    const statement = await new Promise<Statement>((resolve, reject) => {
      const prepared = databaseConnection.prepare(sql, (error) => {
        if (error === null) resolve(prepared);
        else reject(error);
      });
    });
    return new PreparedStatement(statement);
  }

  run(...parameters: readonly unknown[]): Promise<void> {
    return new Promise((resolve, reject) => {
      this.statement.run(parameters, (error: Error | null) => {
        if (error === null) resolve();
        else reject(error);
      });
    });
  }

  finalize(): Promise<void> {
    return new Promise((resolve) => {
      this.statement.finalize(() => {
        resolve();
      });
    });
  }
}
