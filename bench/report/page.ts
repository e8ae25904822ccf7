import { readFile, writeFile } from 'node:fs/promises';
import type { Row } from '../row';
import { cellsOf, HEADINGS } from './table';

const START = '<!-- figures: written by npm run bench -->';
const END = '<!-- end of figures -->';

/** Replaces the figures on a page and leaves what people wrote around them. */
export const updatePage = async (
  path: string,
  machine: string,
  rows: readonly Row[],
): Promise<void> => {
  const page = await readFile(path, 'utf8');
  const start = page.indexOf(START);
  const end = page.indexOf(END);
  if (start === -1 || end < start) throw new Error(`${path} has no place for figures.`);
  const figures = [START, '', machine, '', ...tableLines(rows), '', ''].join('\n');
  await writeFile(path, page.slice(0, start) + figures + page.slice(end));
};

const tableLines = (rows: readonly Row[]): readonly string[] => {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  const rules = HEADINGS.map((_heading, column) =>
    column === 0 || column === HEADINGS.length - 1 ? '---' : '---:',
  );
  return [line(HEADINGS), line(rules), ...rows.map((row) => line(cellsOf(row)))];
};
