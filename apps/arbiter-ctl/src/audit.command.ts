import type { Command } from 'commander';
import { addAuditErase } from './audit-erase.command';
import { addAuditVerify } from './audit-verify.command';

export const addAudit = (program: Command): void => {
  const audit = program.command('audit').description('verify the event log, and erase from it');
  addAuditVerify(audit);
  addAuditErase(audit);
};
