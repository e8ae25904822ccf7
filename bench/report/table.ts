import type { Row } from '../row';
import { missedBy, reaches, targets } from '../targets';

export const HEADINGS = ['figure', 'value', 'bare proxy', 'ratio', 'must', 'aim', ''] as const;

/** The cells of a row, for a terminal and for a page alike. */
export const cellsOf = (row: Row): readonly string[] => {
  const { name, value, unit, baseline, ratio } = row;
  const target = targets[name];
  return [
    name,
    `${shown(value)} ${unit}`,
    baseline === undefined ? '' : `${shown(baseline)} ${unit}`,
    ratio === undefined ? '' : `${ratio.toFixed(2)} ×`,
    target === undefined ? '' : `${SIGNS[target.direction]} ${shown(target.must)}`,
    target?.aim === undefined ? '' : `${SIGNS[target.direction]} ${shown(target.aim)}`,
    verdictOf(row),
  ];
};

const SIGNS = { 'at-least': '≥', 'at-most': '≤' } as const;

const verdictOf = ({ name, value }: Row): string => {
  const target = targets[name];
  if (target === undefined) return '';
  const missed = missedBy(value, target);
  if (missed > 0) return `missed by ${Math.ceil(missed * 100)} %`;
  return target.aim !== undefined && reaches(value, target.aim, target) ? 'met, aim too' : 'met';
};

const shown = (value: number): string =>
  value.toLocaleString('en-GB', { maximumFractionDigits: 3 });

export const tableOf = (rows: readonly Row[]): string => {
  const lines = [HEADINGS, ...rows.map(cellsOf)];
  const widths = HEADINGS.map((_heading, column) =>
    Math.max(...lines.map((cells) => cells[column]?.length ?? 0)),
  );
  return lines
    .map((cells) =>
      cells
        .map((cell, column) => padded(cell, column, widths))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
};

/** Figures are set flush right, words flush left. */
const padded = (cell: string, column: number, widths: readonly number[]): string => {
  const isWord = column === 0 || column === widths.length - 1;
  return isWord ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0);
};
