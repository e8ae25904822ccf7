#!/usr/bin/env node
import { runCtl } from './src/ctl';

// `arbiter-ctl events | head` closes the pipe when it has seen enough: no reason to complain.
process.stdout.on('error', ({ code }: NodeJS.ErrnoException) => {
  process.exit(code === 'EPIPE' ? 0 : 1);
});

void runCtl(process.argv.slice(2)).then((exitCode) => {
  process.exitCode = exitCode;
});
