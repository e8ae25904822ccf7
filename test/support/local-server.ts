import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Binds to a free port of the loopback interface; returns the address without a slash at the end. */
export const listenLocally = async (server: Server): Promise<string> => {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      server.off('error', reject);
      resolve();
    });
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
};

/** Ends every connection, busy or not. */
export const closeLocally = (server: Server): Promise<void> =>
  new Promise((resolve) => {
    server.close(() => {
      resolve();
    });
    server.closeAllConnections();
  });
