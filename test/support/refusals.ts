import type { Answer } from './governed-session';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const MEMBERS = new Set(['code', 'message', 'detail', 'hint', 'request_id']);

interface Refusal {
  readonly status: number;
  readonly code: string;
  readonly message: string;
  readonly detail?: string;
  readonly hint?: string;
  readonly request_id: string;
}

/** The refusal that an answer of the gateway is; throws when its form is not that of spec §4.6. */
export const refusalIn = ({ status, headers, text, json }: Answer): Refusal => {
  const { error } = (json ?? {}) as { readonly error?: Readonly<Record<string, unknown>> };
  const isWellFormed =
    error !== undefined &&
    headers['content-type'] === 'application/json' &&
    !Object.keys(headers).some((name) => name.startsWith('x-arbiter-')) &&
    Object.entries(error).every(
      ([name, value]) => MEMBERS.has(name) && typeof value === 'string',
    ) &&
    UUID.test(String(error['request_id']));
  if (!isWellFormed) throw new Error(`Not a refusal: ${status} ${JSON.stringify(headers)} ${text}`);
  return { ...(error as Omit<Refusal, 'status'>), status };
};
