import { HttpException } from '@nestjs/common';
import fc from 'fast-check';
import { readJsonObject } from './json-body';

const bytes = (text: string) => new TextEncoder().encode(text);
const nested = (depth: number) => `{"a":${'['.repeat(depth - 1)}${']'.repeat(depth - 1)}}`;
const statusOf = (body: Uint8Array): number => {
  try {
    readJsonObject(body);
    return 200;
  } catch (error) {
    return error instanceof HttpException ? error.getStatus() : 500;
  }
};

describe('a JSON body', () => {
  it('is an object with its own members only', () => {
    const body = readJsonObject(bytes('{"__proto__":{"a":1},"b":2}'));
    expect(Object.keys(body)).toEqual(['__proto__', 'b']);
    expect(Object.getPrototypeOf(body)).toBe(Object.prototype);
    expect('a' in body).toBe(false);
  });

  it('is at most 128 levels deep', () => {
    expect(statusOf(bytes(nested(128)))).toBe(200);
    expect(statusOf(bytes(nested(129)))).toBe(400);
    expect(statusOf(bytes('['.repeat(1_000_000)))).toBe(400);
  });

  it('may hold brackets in texts, and texts of any length', () => {
    expect(statusOf(bytes(`{"a":"${'\\"['.repeat(500_000)}"}`))).toBe(200);
    expect(statusOf(bytes(`{"a":"${'['.repeat(2_000_000)}`))).toBe(400);
  });

  it('is 200 when it is an object, 422 when it is other JSON, 400 when it is none', () => {
    fc.assert(
      fc.property(fc.jsonValue({ depthSize: 'medium' }), (value) => {
        const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
        expect(statusOf(bytes(JSON.stringify(value)))).toBe(isObject ? 200 : 422);
      }),
    );
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (body) => {
        expect([200, 400, 422]).toContain(statusOf(body));
      }),
    );
  });
});
