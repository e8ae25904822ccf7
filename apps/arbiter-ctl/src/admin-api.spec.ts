import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { AdminApi, exchange } from './admin-api';
import { Failure } from './failure';

let server: Server;
let url: string;
let answer: RequestListener;

beforeAll(async () => {
  server = createServer((request, response) => {
    answer(request, response);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

it.each([
  ['never', () => undefined],
  ['half an answer', (_request, response) => response.write('[')],
] as readonly (readonly [string, RequestListener])[])(
  'waits for %s only so long',
  async (_what, listener) => {
    answer = listener;

    await expect(exchange('GET', url, { timeoutMs: 100 })).rejects.toThrow(
      new Failure(`${url} did not answer within 0.1 s`),
    );
  },
);

it('says that a connection was cut', async () => {
  answer = (request) => request.socket.destroy();

  await expect(exchange('GET', url)).rejects.toThrow(/^cannot reach http:\S+: other side closed$/);
});

it('does not send what is not a header', async () => {
  answer = (_request, response) => response.end('[]');

  await expect(new AdminApi(url, 'a\nb').get('/agents')).rejects.toThrow(/invalid x-api-key/);
});

it('shows the key to the address it was given for, and to no other', async () => {
  const seen: unknown[] = [];
  answer = ({ url: path, headers }, response) => {
    seen.push([path, headers['x-api-key']]);
    response.writeHead(307, { location: `${url}/elsewhere` }).end();
  };

  await expect(new AdminApi(url, 'k').post('/agents', {})).rejects.toMatchObject({ status: 307 });
  expect(seen).toEqual([['/agents', 'k']]);
});
