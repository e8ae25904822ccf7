import { BadRequestException, UnprocessableEntityException } from '@nestjs/common';

export const BODY_BYTES_MAX = 2 * 1024 * 1024;
const NESTING_MAX = 128;
const OPENING = new Set(['[', '{']);
const CLOSING = new Set([']', '}']);

/** A JSON object as the client wrote it. Members may have any name: none of them is inherited. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** Throws 400 for what is not JSON, and 422 for JSON that is not an object. */
export const readJsonObject = (bytes: Uint8Array): JsonObject => {
  const text = textOf(bytes);
  if (isNestedTooDeep(text)) throw new BadRequestException('the body is nested too deep');
  const value = valueOf(text);
  // 1e400 is no number that anybody could compare with.
  if (!isFinite(value)) throw new BadRequestException('the body has a number out of range');
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new UnprocessableEntityException('the body must be a JSON object');
  return value as JsonObject;
};

const textOf = (bytes: Uint8Array): string => {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new BadRequestException('the body is not UTF-8');
  }
};

const valueOf = (text: string): unknown => {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new BadRequestException('the body is not valid JSON');
  }
};

/** Looked at before parsing, so that everything after it may recurse. Text that is not JSON may pass. */
const isNestedTooDeep = (text: string): boolean => {
  let depth = 0;
  for (let index = 0; index < text.length; index += 1) {
    const character = text[index] ?? '';
    if (character === '"') index = endOfString(text, index);
    else if (OPENING.has(character)) depth += 1;
    else if (CLOSING.has(character)) depth -= 1;
    if (depth > NESTING_MAX) return true;
  }
  return false;
};

/** The index of the quote that ends the string, or of the end of the text. */
const endOfString = (text: string, start: number): number => {
  for (let index = start + 1; index < text.length; index += 1) {
    if (text[index] === '\\') index += 1;
    else if (text[index] === '"') return index;
  }
  return text.length;
};

const isFinite = (value: unknown): boolean => {
  if (typeof value === 'number') return Number.isFinite(value);
  return typeof value !== 'object' || value === null || Object.values(value).every(isFinite);
};
