import { basename, resolve } from 'node:path';
import colours from 'picocolors';
import { formatSigned } from '../../format/numbers.js';
import { type AlignedPair, align } from '../../metrics/alignment.js';
import { type Difference, type Judged, METRICS } from '../../speech/comparison.js';
import type { EncoderAttention } from '../../speech/model/encoder.js';
import type { EncoderAttentionArguments } from '../encoder-attention.js';
import { print } from '../output.js';
import { printTable, room } from '../table.js';

/** A recognizer in one of the ways in which its encoder can be run. */
export interface JudgedSystem extends Judged {
  folder: string;
  /** As trained. */
  encoderAttention: EncoderAttention;
  /** As run. */
  attention: EncoderAttentionArguments['attention'];
  /** Where that is taylor. */
  order: number | null;
  /** Of linear attention about centroids. */
  centroids: number | null;
  near: number | null;
}

const EXAMPLES = 10;

/** A table of one system, or of two and what is between them. */
export function printScores(systems: readonly JudgedSystem[], differences: readonly Difference[] = []): void {
  const between = differences.length > 0;
  const rows = METRICS.map(({ title, metric }, i) => {
    const scores = systems.map(({ score, intervals: { [metric]: interval } }) => {
      const [low, high] = [interval.low.toFixed(3), interval.high.toFixed(3)];
      return `${score[metric].toFixed(3)} (${low}–${high})`;
    });
    const { difference, p } = differences[i] ?? {};
    return [title, ...scores, ...(between ? [formatSigned(difference!), p!.toFixed(4)] : [])];
  });
  const factors = systems.map(({ realTimeFactor }) => realTimeFactor.toFixed(3));
  print('');
  printTable(
    ['', ...titlesOf(systems), ...(between ? ['change', 'p'] : [])],
    [
      ...rows,
      [
        'calibration error',
        ...systems.map((x) => x.calibrationError.toFixed(3)),
        ...(between ? ['', ''] : []),
      ],
      ['real-time factor', ...factors, ...(between ? ['', ''] : [])],
    ],
  );
}

/** The first of the clips, as they were said and heard. */
export function printExamples(system: JudgedSystem): void {
  print(`\n${titlesOf([system])[0]}: what was said, what was heard`);
  for (const { target, predicted } of system.clips.slice(0, EXAMPLES)) printExample(target, predicted);
}

/** Names of their folders, in full where they would be the same, and what was changed in them. */
function titlesOf(systems: readonly JudgedSystem[]): string[] {
  const folders = new Set(systems.map(({ folder }) => folder));
  const names = new Set([...folders].map((folder) => basename(resolve(folder))));
  return systems.map(({ folder, order, centroids }) => {
    const name = names.size < folders.size ? folder : basename(resolve(folder));
    if (order === null) return name;
    return centroids === null ? `${name}, order ${order}` : `${name}, ${centroids} centroids, order ${order}`;
  });
}

/** Both texts, one below the other; what differs is red, and below it stands a ^ where there is no colour. */
function printExample(target: string, predicted: string): void {
  const isRight = ({ reference, hypothesis }: AlignedPair) => reference === hypothesis;
  for (const pairs of linesOf(align(target, predicted), room() - INDENT.length)) {
    const line = (side: keyof AlignedPair) =>
      pairs.map((pair) => (isRight(pair) ? pair[side] : colours.red(pair[side] ?? '·'))).join('');
    print(`${INDENT}${line('reference')}\n${INDENT}${line('hypothesis')}`);
    if (!colours.isColorSupported)
      print(`${INDENT}${pairs.map((pair) => (isRight(pair) ? ' ' : '^')).join('')}`.trimEnd());
  }
  print('');
}

const INDENT = '  ';

/** Pairs that fit a line, so that what belongs together stays together: as far as possible broken where a word ends in both texts. */
export function linesOf(pairs: readonly AlignedPair[], within: number): AlignedPair[][] {
  const lines: AlignedPair[][] = [];
  const rest = [...pairs];
  while (rest.length > within) {
    const end = rest
      .slice(0, within)
      .findLastIndex(({ reference, hypothesis }) => reference === ' ' && hypothesis === ' ');
    lines.push(rest.splice(0, end < 0 ? within : end + 1));
  }
  return [...lines, rest];
}
