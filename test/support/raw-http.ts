import { connect, type Socket } from 'node:net';
import { within } from './waiting';

const ANSWER_TIMEOUT_MS = 20_000;

/** A connection on which a test says exactly the bytes it means to. */
export const dial = async (url: string): Promise<Socket> => {
  const { hostname, port } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port), allowHalfOpen: true });
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve).once('error', reject);
  });
  // A server that cuts the connection has answered in its way; the bytes so far are the answer.
  socket.on('error', () => undefined);
  return socket;
};

/** Sends the bytes and returns everything that comes until the server ends the connection. */
export const converse = async (url: string, bytes: string | Buffer): Promise<string> => {
  const socket = await dial(url);
  const answer = untilClosed(socket);
  socket.write(bytes);
  try {
    return await within(ANSWER_TIMEOUT_MS, answer, 'the server did not end the connection');
  } finally {
    socket.destroy();
  }
};

/** Sends the bytes, half of a conversation, and goes away. */
export const hangUpAfter = async (url: string, bytes: string | Buffer): Promise<void> => {
  const socket = await dial(url);
  await new Promise<void>((resolve) => {
    socket.write(bytes, () => {
      resolve();
    });
  });
  socket.destroy();
};

/** What the socket has said when the text matches; what follows is left to others. */
export const untilSaid = async (socket: Socket, pattern: RegExp): Promise<string> => {
  let text = '';
  const settle: { listen?: (chunk: Buffer) => void; close?: () => void } = {};
  const said = new Promise<string>((resolve, reject) => {
    settle.listen = (chunk) => {
      text += chunk.toString('latin1');
      if (pattern.test(text)) resolve(text);
    };
    settle.close = () => {
      reject(new Error(`The connection ended after ${JSON.stringify(text)}`));
    };
    socket.on('data', settle.listen).once('close', settle.close);
  });
  try {
    return await within(ANSWER_TIMEOUT_MS, said, `the server did not say ${String(pattern)}`);
  } finally {
    if (settle.listen !== undefined) socket.off('data', settle.listen);
    if (settle.close !== undefined) socket.off('close', settle.close);
  }
};

const untilClosed = (socket: Socket): Promise<string> =>
  new Promise((resolve) => {
    const chunks: Buffer[] = [];
    socket.on('data', (chunk: Buffer) => chunks.push(chunk));
    const finish = (): void => {
      resolve(Buffer.concat(chunks).toString('latin1'));
    };
    socket.once('end', finish).once('close', finish);
  });
