import { domainError } from '@arbiter/domain';

/** Fails closed: a list that cannot be read cannot be filtered either. */
export const toolsListUnreadable = domainError(
  'mcp.tools-list-unreadable',
  'upstream',
  'the upstream server sent a list of tools that cannot be read',
);

export const eventTooLarge = domainError(
  'mcp.event-too-large',
  'upstream',
  'the upstream server sent an event that is too large',
);
