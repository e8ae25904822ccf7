import { printable } from '../output';

/** What one look at the installation has come to. */
export interface Diagnosis {
  readonly subject: string;
  /** `SKIP`: there is nothing to look at, which is not a fault. */
  readonly verdict: 'PASS' | 'FAIL' | 'SKIP';
  /** What was found, and for a fault what to do about it. */
  readonly detail: string;
}

type Judge = (subject: string, detail: string) => Diagnosis;

export const pass: Judge = (subject, detail) => ({ subject, verdict: 'PASS', detail });
export const fail: Judge = (subject, detail) => ({ subject, verdict: 'FAIL', detail });
export const skip: Judge = (subject, detail) => ({ subject, verdict: 'SKIP', detail });

/** Whatever is thrown while looking is what is wrong. */
export const diagnosing = async (
  subject: string,
  look: () => Diagnosis | Promise<Diagnosis>,
): Promise<Diagnosis> => {
  try {
    return await look();
  } catch (error) {
    return fail(subject, error instanceof Error ? error.message : String(error));
  }
};

/** One line, whatever the detail: problems of a configuration come as a list. */
export const lineOf = ({ subject, verdict, detail }: Diagnosis): string =>
  `${subject} … ${verdict} (${printable(detail.replace(/\s*\n\s*/g, ' '))})`;
