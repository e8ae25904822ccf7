/**
 * What went wrong with a file: `ENOENT` and the like, or the message. Looks at the shape, because an error of the platform
 * is not an `instanceof Error` of every realm.
 */
export const codeOf = (error: unknown): string => {
  if (typeof error !== 'object' || error === null) return String(error);
  if ('code' in error && typeof error.code === 'string') return error.code;
  return 'message' in error ? String(error.message) : 'unknown error';
};
