import {
  BadRequestException,
  Injectable,
  UnprocessableEntityException,
  type ArgumentMetadata,
  type PipeTransform,
  type Type,
} from '@nestjs/common';
import { getMetadataStorage, validateSync } from 'class-validator';

/** Parameters that are no DTO arrive as one of these. */
const PLAIN: ReadonlySet<unknown> = new Set([String, Number, Boolean, Array, Object]);

/**
 * Turns untrusted JSON into a checked DTO. Only the declared members are taken, one by one: what a
 * client adds is not even walked, so no name (`constructor`, `__proto__`) can mean anything. That is
 * why this is not the pipe that comes with Nest, which rebuilds every nested object first.
 */
@Injectable()
export class DtoPipe implements PipeTransform {
  transform(value: unknown, { type, metatype }: ArgumentMetadata): unknown {
    if (metatype === undefined || type === 'custom' || PLAIN.has(metatype)) return value;
    const dto = taken(metatype as Type<object>, value ?? {});
    const problems = validateSync(dto, { forbidUnknownValues: true }).flatMap(({ constraints }) =>
      Object.values(constraints ?? {}),
    );
    if (problems.length === 0) return dto;
    const text = problems.join('; ');
    // A wrong type in a body is 422, in a path or a query 400 (spec §3.1).
    throw type === 'body' ? new UnprocessableEntityException(text) : new BadRequestException(text);
  }
}

const taken = (metatype: Type<object>, source: object): object => {
  const dto = new metatype();
  for (const name of membersOf(metatype)) {
    if (!Object.hasOwn(source, name)) continue;
    const value: unknown = Reflect.get(source, name);
    Reflect.set(dto, name, value);
  }
  return dto;
};

const membersOf = (metatype: Type<object>): readonly string[] => [
  ...new Set(
    getMetadataStorage()
      .getTargetValidationMetadatas(metatype, '', false, false)
      .map(({ propertyName }) => propertyName),
  ),
];
