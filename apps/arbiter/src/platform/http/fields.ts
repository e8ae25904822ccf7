import { parseUuid } from '@arbiter/domain';
import { applyDecorators } from '@nestjs/common';
import { ValidateBy, ValidateIf, type ValidationOptions } from 'class-validator';
import { parseInstant } from './instants';

type Options = ValidationOptions;

const field = (
  name: string,
  expected: string,
  { validate, options }: { validate: (value: unknown) => boolean; options?: Options | undefined },
): PropertyDecorator =>
  ValidateBy(
    { name, validator: { validate, defaultMessage: () => `$property must be ${expected}` } },
    options,
  );

/** May be left out. Unlike IsOptional it does not let an explicit null past the other rules. */
export const OptionalField = (): PropertyDecorator =>
  applyDecorators(ValidateIf((_object, value) => value !== undefined));

/** May be left out, and null means the same. */
export const NullableField = (): PropertyDecorator =>
  applyDecorators(ValidateIf((_object, value) => value !== undefined && value !== null));

/** Text that can be recorded: a lone surrogate has no canonical form. */
export const IsText = (options?: Options): PropertyDecorator =>
  field('isText', 'well-formed text', {
    validate: (value) => typeof value === 'string' && value.isWellFormed(),
    options,
  });

/** Any spelling; `parseUuid` gives the one that is stored. */
export const IsId = (): PropertyDecorator =>
  field('isId', 'a UUID', {
    validate: (value) => typeof value === 'string' && parseUuid(value) !== undefined,
  });

/** An integer that a double holds exactly. Whether it makes sense is judged elsewhere. */
export const IsWhole = (min = Number.MIN_SAFE_INTEGER): PropertyDecorator =>
  field('isWhole', min === 0 ? 'an integer, 0 or more' : 'an integer', {
    validate: (value) => Number.isSafeInteger(value) && (value as number) >= min,
  });

/** RFC 3339 with a zone; `parseInstant` gives the one that is stored. */
export const IsInstant = (): PropertyDecorator =>
  field('isInstant', 'a date and time of RFC 3339', {
    validate: (value) => typeof value === 'string' && parseInstant(value) !== undefined,
  });

/** The value of a query parameter, which is always text. */
export const IsCount = (min: number, max: number): PropertyDecorator =>
  field('isCount', `an integer from ${min} to ${max}`, {
    validate: (value) =>
      typeof value === 'string' &&
      /^\d{1,16}$/.test(value) &&
      Number(value) >= min &&
      Number(value) <= max,
  });
