import { isUtf8 } from 'node:buffer';
import { parseExact, stringifyExact } from './exact-json';
import { toolsListUnreadable } from './mcp-answer.errors';
import { isObject, toolName, type Members } from './mcp-message';

/** Whether this session could call the tool: visible means callable (D4). */
export type ToolVisibility = (tool: string) => boolean;

/**
 * The body of an `application/json` answer, one message or a batch, without the tools that are not
 * visible. The same buffer comes back when there is nothing to remove; otherwise the text is
 * re-serialised, with every number as it was written.
 */
export const filterToolsListBody = (body: Buffer, visible: ToolVisibility): Buffer => {
  if (!isUtf8(body)) throw toolsListUnreadable();
  const text = body.toString('utf8');
  const filtered = filterToolsList(text, visible);
  return filtered === text ? body : Buffer.from(filtered);
};

/** The same for one JSON text; throws `toolsListUnreadable`. */
export const filterToolsList = (text: string, visible: ToolVisibility): string => {
  const isHidden = (tool: unknown): boolean => {
    const name = isObject(tool) ? toolName(tool['name']) : null;
    return name === null || !visible(name);
  };
  if (!resultsWithTools(parse(text)).some(({ tools }) => tools.some(isHidden))) return text;
  const json = parseExact(text);
  if (typeof json === 'string') throw toolsListUnreadable({ why: json });
  for (const { result, tools } of resultsWithTools(json.tree)) {
    Reflect.set(
      result,
      'tools',
      tools.filter((tool) => !isHidden(tool)),
    );
  }
  return stringifyExact(json.tree);
};

interface ResultWithTools {
  readonly result: Members;
  readonly tools: readonly unknown[];
}

const resultsWithTools = (answer: unknown): readonly ResultWithTools[] => {
  const messages: readonly unknown[] = Array.isArray(answer) ? answer : [answer];
  return messages.flatMap((message) => {
    const result = isObject(message) ? message['result'] : undefined;
    const tools = isObject(result) ? result['tools'] : undefined;
    return isObject(result) && Array.isArray(tools) ? [{ result, tools }] : [];
  });
};

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    throw toolsListUnreadable({ why: 'invalid-json' });
  }
};
