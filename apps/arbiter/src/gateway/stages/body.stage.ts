import type { IncomingMessage } from 'node:http';
import { ClientGone, rejected } from '../gateway.errors';

/** S4: the body, refused as soon as it is known to be over the limit. */
export const readBody = (request: IncomingMessage, bytesMax: number): Promise<Buffer> => {
  if (Number(request.headers['content-length'] ?? 0) > bytesMax) return Promise.reject(tooLarge());
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes <= bytesMax) chunks.push(chunk);
      else {
        request.removeAllListeners('data');
        reject(tooLarge());
      }
    });
    request.on('end', () => {
      const [first] = chunks;
      resolve(chunks.length === 1 && first !== undefined ? first : Buffer.concat(chunks));
    });
    request.on('error', () => {
      reject(new ClientGone());
    });
    request.on('close', () => {
      if (!request.complete) reject(new ClientGone());
    });
  });
};

const tooLarge = () => rejected(413, 'request body is too large');
