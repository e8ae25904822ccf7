import { secondsBetween } from '@arbiter/domain';
import type { SessionReading } from '../queries/get-session.query';
import type { SessionView } from '../read-model/session.view';
import type { SessionClosedResponse, SessionStatusResponse } from './session.dto';

/** A session as it is when it is read: time passes without an event (spec §3.5). */
export const statusOf = (
  { session, at }: SessionReading,
  thresholdPct: number,
): SessionStatusResponse => {
  const secondsRemaining = Math.max(0, Math.floor(secondsBetween(at, session.expiresAt)));
  const callsRemaining = Math.max(0, session.callBudget - session.callsMade);
  const isOverdue = session.status === 'active' && secondsBetween(session.expiresAt, at) > 0;
  return {
    session_id: session.sessionId,
    agent_id: session.agentId,
    declared_intent: session.declaredIntent,
    authorized_tools: session.authorizedTools,
    authorized_credentials: session.authorizedCredentials,
    status: isOverdue ? 'expired' : session.status,
    calls_made: session.callsMade,
    call_budget: session.callBudget,
    calls_remaining: callsRemaining,
    rate_limit_per_minute: session.rateLimit,
    data_sensitivity_ceiling: session.sensitivityCeiling,
    created_at: session.createdAt,
    expires_at: session.expiresAt,
    seconds_remaining: secondsRemaining,
    warnings: warningsOf(session, callsRemaining, secondsRemaining, thresholdPct),
  };
};

const warningsOf = (
  { callBudget, timeLimitSecs }: SessionView,
  callsRemaining: number,
  secondsRemaining: number,
  thresholdPct: number,
): readonly string[] => {
  const budgetPct = (callsRemaining / callBudget) * 100;
  const timePct = (secondsRemaining / timeLimitSecs) * 100;
  const warnings: string[] = [];
  if (budgetPct <= thresholdPct)
    warnings.push(
      `budget low: ${callsRemaining} of ${callBudget} calls left (${budgetPct.toFixed(0)}%)`,
    );
  if (timePct <= thresholdPct && secondsRemaining > 0)
    warnings.push(`time low: ${secondsRemaining} s left (${timePct.toFixed(0)}%)`);
  return warnings;
};

/** What a closed session came to. There are no anomalies as long as nothing looks for them. */
export const summaryOf = (session: SessionView): SessionClosedResponse => {
  const { createdAt, endedAt, timeLimitSecs, callsMade, callBudget } = session;
  const elapsedSecs = Math.floor(secondsBetween(createdAt, endedAt ?? session.expiresAt));
  return {
    session_id: session.sessionId,
    status: 'closed',
    declared_intent: session.declaredIntent,
    total_calls: callsMade,
    call_budget: callBudget,
    budget_utilization_pct: (callsMade / callBudget) * 100,
    // A session that expired long ago was not in use since.
    time_used_secs: Math.min(Math.max(0, elapsedSecs), timeLimitSecs),
    time_limit_secs: timeLimitSecs,
    denied_attempts: session.deniedAttempts,
    anomalies_detected: 0,
  };
};
