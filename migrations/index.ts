import { CreateEvents1795219200000 } from './log/1795219200000-create-events';
import { CreateViews1795219200000 } from './views/1795219200000-create-views';

/** Of the event log. Append-only once merged: the log outlives every version of the program. */
export const logMigrations = [CreateEvents1795219200000];

/** Of the views and snapshots, a database of its own that can be deleted and is then rebuilt. */
export const viewMigrations = [CreateViews1795219200000];
