import { Agent, createServer, request as forward } from 'node:http';
import { announce } from './announce';

const SOCKETS_MAX = 256;

const [upstreamUrl = ''] = process.argv.slice(2);
const agent = new Agent({ keepAlive: true, maxSockets: SOCKETS_MAX });

/** The least that a reverse proxy on Node can do: no check, no record, streams both ways. */
announce(
  createServer((request, response) => {
    const onward = forward(
      new URL(request.url ?? '/', upstreamUrl),
      { agent, method: request.method, headers: request.headers },
      (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(response);
      },
    );
    onward.on('error', () => {
      response.destroy();
    });
    request.pipe(onward);
  }),
);
