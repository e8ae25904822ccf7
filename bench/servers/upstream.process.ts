import { createServer } from 'node:http';
import { announce } from './announce';

/** Answers every request as a tool that has nothing to do would, so that what is in front counts. */
const ANSWER = JSON.stringify({
  jsonrpc: '2.0',
  id: 1,
  result: { content: [{ type: 'text', text: 'x'.repeat(160) }], isError: false },
});

announce(
  createServer((request, response) => {
    request.resume();
    request.on('end', () => {
      response.writeHead(200, {
        'content-type': 'application/json',
        'content-length': ANSWER.length,
      });
      response.end(ANSWER);
    });
  }),
);
