import { inspect } from 'node:util';

const MASK = '[secret]';

/** A credential that shows itself to nobody who does not ask: printing, logging or encoding it gives a mask. */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  reveal(): string {
    return this.#value;
  }

  toString(): string {
    return MASK;
  }

  toJSON(): string {
    return MASK;
  }

  [inspect.custom](): string {
    return MASK;
  }
}
