import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { closeLocally, listenLocally } from './local-server';

interface BridgedSession {
  readonly http: StreamableHTTPServerTransport;
  readonly child: StdioClientTransport;
}

/**
 * Serves an MCP server that speaks stdio only over Streamable HTTP: one child process a client
 * session. It reads no message; what one side sends, the other side gets.
 */
export class StdioBridge {
  private readonly sessions = new Map<string, BridgedSession>();

  private constructor(
    private readonly server: Server,
    private readonly script: readonly string[],
    readonly url: string,
  ) {}

  /** `script` is a module for Node, and its arguments. */
  static async start(script: readonly string[]): Promise<StdioBridge> {
    const server = createServer();
    const bridge = new StdioBridge(server, script, await listenLocally(server));
    server.on('request', (request, response) => {
      bridge.serve(request, response).catch((error: unknown) => {
        response.destroy(error as Error);
      });
    });
    return bridge;
  }

  async close(): Promise<void> {
    await Promise.all([...this.sessions.values()].map(({ http }) => http.close()));
    await Promise.all([...this.sessions.values()].map(({ child }) => child.close()));
    await closeLocally(this.server);
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const id = request.headers['mcp-session-id'];
    if (id === undefined) {
      await this.connect().handleRequest(request, response);
      return;
    }
    const session = this.sessions.get(String(id));
    if (session === undefined) response.writeHead(404).end();
    else await session.http.handleRequest(request, response);
  }

  /** The child starts when the client has initialized, so a stray request costs no process. */
  private connect(): StreamableHTTPServerTransport {
    const [...args] = this.script;
    const child = new StdioClientTransport({ command: process.execPath, args, stderr: 'ignore' });
    const http = new StreamableHTTPServerTransport({
      sessionIdGenerator: randomUUID,
      onsessioninitialized: async (id) => {
        await child.start();
        this.sessions.set(id, { http, child });
      },
    });
    http.onmessage = (message) => {
      // A child that is gone answers nothing, and the client's own timeout speaks.
      child.send(message).catch(() => undefined);
    };
    child.onmessage = (message) => {
      http.send(message).catch(() => undefined);
    };
    http.onclose = () => {
      child.close().catch(() => undefined);
    };
    return http;
  }
}
