import { parseUuid, type Ids } from '@arbiter/domain';
import { BadRequestException } from '@nestjs/common';

/** The stored spelling of an id whose text was checked before. */
export const idOf = <K extends keyof Ids>(kind: K, text: string): Ids[K] => {
  const uuid = parseUuid(text);
  if (uuid === undefined) throw new BadRequestException(`the id of the ${kind} must be a UUID`);
  return uuid as Ids[K];
};
