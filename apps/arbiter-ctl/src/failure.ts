/** A command that cannot do what it was asked for. The message says what to do about it. */
export class Failure extends Error {
  override readonly name = 'Failure';

  constructor(
    message: string,
    /** Of the answer that refused; undefined when there was none. */
    readonly status?: number,
  ) {
    super(message);
  }
}

/** A failure has been reported already, in the form its command promises. */
export class Reported extends Error {
  override readonly name = 'Reported';
}
