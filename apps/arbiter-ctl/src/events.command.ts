import type { Command } from 'commander';
import type { AdminApi } from './admin-api';
import { fieldsOf, listOf, type Fields } from './answer';
import { connect } from './connection';
import { eventRow } from './event.row';
import { given, wholeNumber } from './options';
import { complain, jsonOf, print, table } from './output';

interface EventsOptions {
  readonly after: number;
  readonly limit: number;
  readonly stream?: string;
  readonly type?: string;
  readonly json?: true;
}

interface Page {
  readonly events: readonly Fields[];
  /** Where to go on. */
  readonly next: number;
  /** Where the log ends. */
  readonly head: number;
}

const PAGE_MAX = 1000;
const LIMIT_DEFAULT = 100;

export const addEvents = (program: Command): void => {
  program
    .command('events')
    .description('read the event log, oldest first')
    .option('--after <position>', 'leave out everything up to here', wholeNumber, 0)
    .option('--limit <number>', 'how many events at most', wholeNumber, LIMIT_DEFAULT)
    .option('--stream <id>', 'only of this stream, such as session/6f1c…')
    .option('--type <name>', 'only of this type, such as session.tool-call-authorized')
    .option('--json', 'print the events as JSON')
    .action(async (options: EventsOptions, command: Command) => {
      const page = await read(await connect(command), options);
      if (options.json) print(jsonOf(page));
      else tell(page, options.limit);
    });
};

/** The API gives out so many at a time; together they are one answer. */
const read = async (api: AdminApi, options: EventsOptions): Promise<Page> => {
  let page = await readPage(api, options, options.limit);
  let last = page;
  while (last.events.length === PAGE_MAX && page.events.length < options.limit) {
    const rest = options.limit - page.events.length;
    last = await readPage(api, { ...options, after: page.next }, rest);
    page = { ...last, events: [...page.events, ...last.events] };
  }
  return page;
};

const readPage = async (
  api: AdminApi,
  { after, stream, type }: EventsOptions,
  limit: number,
): Promise<Page> => {
  const parameters = given({ stream, type, after, limit: Math.min(limit, PAGE_MAX) });
  const query = new URLSearchParams(
    Object.entries(parameters).map(([name, value]): [string, string] => [name, String(value)]),
  );
  const answer = fieldsOf(await api.get(`/events?${query.toString()}`));
  return {
    events: listOf(answer['events']),
    next: Number(answer['next']),
    head: Number(answer['head']),
  };
};

const HEADINGS = ['POSITION', 'AT', 'TYPE', 'STREAM', 'ACTOR', 'DATA'] as const;

const tell = ({ events, next, head }: Page, limit: number): void => {
  if (events.length === 0) print('No events.');
  else table([HEADINGS, ...events.map(eventRow)]).forEach(print);
  if (events.length === limit && next < head) {
    complain(`The log goes on to ${head}: read on with --after ${next}.`);
  }
};
