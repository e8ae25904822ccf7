import { utf8Length } from '../kernel/text';
import type { SessionTerms } from './session.commands';
import {
  budgetNotPositive,
  budgetTooLarge,
  intentEmpty,
  intentTooLong,
  rateWindowNotPositive,
  rateWindowTooLong,
  rateWindowTooShort,
  timeLimitNotPositive,
  timeLimitTooLong,
} from './session.errors';

const TIME_LIMIT_SECS_MAX = 86_400;
const CALL_BUDGET_MAX = 1_000_000;
const INTENT_BYTES_MAX = 512;
const RATE_WINDOW_SECS_MIN = 10;
const RATE_WINDOW_SECS_MAX = 3600;

/** Throws the first objection in the order of spec §3.5: time, budget, intent, window. */
export const checkTerms = (terms: SessionTerms): void => {
  checkTime(terms);
  checkBudget(terms);
  checkIntent(terms);
  checkRateWindow(terms);
};

const checkTime = ({ timeLimitSecs }: SessionTerms): void => {
  if (timeLimitSecs <= 0) throw timeLimitNotPositive();
  if (timeLimitSecs > TIME_LIMIT_SECS_MAX) throw timeLimitTooLong();
};

const checkBudget = ({ callBudget }: SessionTerms): void => {
  if (callBudget <= 0) throw budgetNotPositive();
  if (callBudget > CALL_BUDGET_MAX) throw budgetTooLarge();
};

const checkIntent = ({ declaredIntent }: SessionTerms): void => {
  if (declaredIntent.trim() === '') throw intentEmpty();
  if (utf8Length(declaredIntent) > INTENT_BYTES_MAX) throw intentTooLong();
};

const checkRateWindow = ({ rateWindowSecs }: SessionTerms): void => {
  if (rateWindowSecs <= 0) throw rateWindowNotPositive();
  if (rateWindowSecs < RATE_WINDOW_SECS_MIN) throw rateWindowTooShort();
  if (rateWindowSecs > RATE_WINDOW_SECS_MAX) throw rateWindowTooLong();
};
