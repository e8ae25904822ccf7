import { ClientNotificationSchema, ClientRequestSchema } from '@modelcontextprotocol/core';
import { isKnownMethod, isLifecycle } from './mcp-methods';

const NONE: ReadonlySet<string> = new Set();

describe('the methods of MCP', () => {
  it.each([
    ...ClientRequestSchema.options.map(({ shape }) => shape.method.value),
    ...ClientNotificationSchema.options.map(({ shape }) => shape.method.value),
    ...['tasks/get', 'tasks/result', 'tasks/cancel', 'tasks/list'],
    ...['notifications/resources/updated', 'notifications/tools/list_changed'],
  ])('knows %s, which the protocol lets clients send', (method) => {
    expect(isKnownMethod(method, NONE)).toBe(true);
  });

  it.each([
    ...['initialize', 'ping', 'server/discover', 'completion/complete', 'logging/setLevel'],
    ...['tools/list', 'resources/list', 'resources/templates/list', 'prompts/list', 'tasks/list'],
    ...['notifications/initialized', 'notifications/vendor/x', 'subscriptions/listen'],
  ])('lets %s pass as lifecycle', (method) => {
    expect(isLifecycle(method)).toBe(true);
  });

  it.each([
    ...['tools/call', 'resources/read', 'resources/subscribe', 'resources/unsubscribe'],
    ...['prompts/get', 'tasks/get', 'tasks/result', 'tasks/cancel'],
  ])('governs %s', (method) => {
    expect(isLifecycle(method)).toBe(false);
  });

  it.each([
    ...['', 'tools', 'tools/delete', 'sampling/createMessage', 'elicitation/create', 'Tools/call'],
    ...['notifications/', '/list', 'list', 'tools/list\n', 'a b/list', `${'a'.repeat(256)}/list`],
    ...['constructor', '__proto__', 'initialize ', 'notifications/\u0000'],
  ])('does not know %j', (method) => {
    expect(isKnownMethod(method, NONE)).toBe(false);
  });

  it('accepts configured methods and governs them', () => {
    expect(isKnownMethod('vendor/run', new Set(['vendor/run']))).toBe(true);
    expect(isLifecycle('vendor/run')).toBe(false);
  });
});
