/** What is used of the package, which comes without types. */
declare module 'autocannon' {
  interface Options {
    readonly url: string;
    readonly method: 'POST';
    readonly headers: Readonly<Record<string, string>>;
    readonly body: string;
    readonly connections: number;
    /** Seconds. */
    readonly duration: number;
  }

  interface Cannon extends PromiseLike<unknown> {
    on(
      event: 'response',
      listener: (client: unknown, status: number, bytes: number, latencyMs: number) => void,
    ): void;
    on(event: 'reqError', listener: (error: Error) => void): void;
  }

  function autocannon(options: Options): Cannon;
  export = autocannon;
}
