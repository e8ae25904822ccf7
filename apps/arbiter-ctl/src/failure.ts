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

/** Some refusals are opaque on purpose (§3.1). Whoever asked for one thing only can say what they mean. */
export const explaining = async <T>(
  meanings: Readonly<Record<number, string>>,
  work: Promise<T>,
): Promise<T> => {
  try {
    return await work;
  } catch (error) {
    if (!(error instanceof Failure) || error.status === undefined) throw error;
    const meaning = meanings[error.status];
    throw meaning === undefined ? error : new Failure(`${error.message}: ${meaning}`, error.status);
  }
};
