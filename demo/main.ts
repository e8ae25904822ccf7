import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ArbiterProcess } from '../test/support/arbiter-process';
import { startEverything, type McpUpstream } from '../test/support/mcp-upstreams';
import { showTrail, showVerification } from './audit-trail';
import { callTools } from './governed-calls';
import { heading, say } from './narration';

const POLICIES = `
[[policy.policies]]
id = "everyone-may-look"
effect = "allow"
allowed_tools = ["echo", "get-sum", "get-env"]

[[policy.policies]]
id = "no-environment"
effect = "deny"
priority = 100
allowed_tools = ["get-env"]
`;

interface Open {
  upstream?: McpUpstream;
  arbiter?: ArbiterProcess;
}

/** The product's main job, end to end, on real parts and embedded defaults. Leaves nothing behind. */
const main = async (): Promise<void> => {
  const open: Open = {};
  const home = mkdtempSync(join(tmpdir(), 'arbiter-demo-'));
  const end = (): void => {
    void close(open, home).finally(() => process.exit(130));
  };
  process.once('SIGINT', end).once('SIGTERM', end);
  try {
    await show(open, home);
  } finally {
    await close(open, home);
  }
};

const show = async (open: Open, home: string): Promise<void> => {
  heading('1. A real MCP server, and Arbiter in front of it');
  const upstream = (open.upstream = await startEverything());
  say(`@modelcontextprotocol/server-everything, unmodified, listens on ${upstream.url}`);
  const arbiter = (open.arbiter = await ArbiterProcess.start({
    home,
    toml: `[proxy]\nupstream_url = "${new URL(upstream.url).origin}"\n${POLICIES}`,
  }));
  say(`Arbiter listens on ${arbiter.dataUrl} (agents) and ${arbiter.controlUrl} (operators)`);
  say('Nothing else was configured: keys and the SQLite event store are in a temporary directory.');

  await callTools(arbiter);
  await showTrail(arbiter);

  heading('6. Verification, and what it is good for');
  await arbiter.stop();
  await showVerification(arbiter.database);
};

const close = async ({ upstream, arbiter }: Open, home: string): Promise<void> => {
  await arbiter?.dispose();
  await upstream?.close();
  rmSync(home, { recursive: true, force: true });
};

main().catch((error: unknown) => {
  process.stderr.write(
    `\nThe demo failed: ${error instanceof Error ? error.message : String(error)}\n`,
  );
  process.exitCode = 1;
});
