import type { Command } from 'commander';
import { fieldsOf, shown } from './answer';
import { connect } from './connection';
import { wholeNumber } from './options';
import { print } from './output';

interface EraseOptions {
  readonly position: number;
  readonly reason: string;
}

const EXPLANATION = `
What the event says is deleted for good; its envelope and hash stay, so that the log still verifies.
Who erased it, when and why is an event of its own.
`;

export const addAuditErase = (audit: Command): void => {
  audit
    .command('erase')
    .description('erase what one event says, and put on record that it was')
    .requiredOption('--position <number>', 'the event', wholeNumber)
    .requiredOption('--reason <text>', 'why, for the record')
    .addHelpText('after', EXPLANATION)
    .action(async ({ position, reason }: EraseOptions, command: Command) => {
      const api = await connect(command);
      const erasure = fieldsOf(await api.post(`/events/${position}/erase`, { reason }));
      print(
        `Erased the payload of event ${position}; event ${shown(erasure, 'recorded_at')} says so.`,
      );
    });
};
