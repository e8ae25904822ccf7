import type { Command } from 'commander';
import { addSessionClose } from './session-close.command';
import { addSessionOpen } from './session-open.command';
import { addSessionShow } from './session-show.command';

export const addSession = (program: Command): void => {
  const session = program
    .command('session')
    .description('open, inspect and close the task sessions of agents');
  addSessionOpen(session);
  addSessionShow(session);
  addSessionClose(session);
};
