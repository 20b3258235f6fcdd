import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { cores } from 'hw2-engine';
import { DataError } from '../../data/error.js';
import { checkWritable, writeWhole } from '../../data/write.js';
import type { Question } from '../../report/findings/findings.js';
import { type Decoder, decoders } from '../../speech/model/recognizer.js';
import { openRecognizer, shippedRecognizer } from '../../speech/models.js';
import { outputPath } from '../arguments.js';
import { bestTier } from '../engine-options.js';
import { clearStatus, note, print, status } from '../output.js';

interface Arguments {
  questions: Question[];
  out: string;
  quick?: boolean;
  recognizers?: string;
  json?: boolean;
}

export function define(command: Command): void {
  command
    .option('--out <file>', 'where to write it', outputPath, 'report.html')
    .addOption(
      new Option('--questions <list>', 'which of the report’s questions to answer')
        .argParser(questions)
        .default([1, 2, 3], '1,2,3'),
    )
    .option('--quick', 'in under two minutes: fewer lengths and rounds')
    .option('--recognizers <folder>', 'recognizers lstm/ and attention/, instead of those that come with hw2')
    .option('--json', 'print the findings as JSON, too')
    .addHelpText(
      'before',
      `Examples:
  hw2 report --quick                       report.html, in under two minutes
  hw2 report --questions 2 --out cnn.html  the images alone
  hw2 report --out measured.html --json > measured.json
`,
    )
    .action(run);
}

async function run({ questions: asked, out, quick = false, recognizers, json }: Arguments): Promise<void> {
  const recognizer = (decoder: Decoder) =>
    recognizers === undefined ? shippedRecognizer(decoder) : join(recognizers, decoder);
  if (recognizers !== undefined && !existsSync(recognizers))
    throw new DataError(`--recognizers: no folder ${recognizers}`);
  await checkWritable(out);
  // Found before the other questions are measured for minutes.
  if (recognizers !== undefined && asked.includes(3))
    for (const decoder of decoders) await (await openRecognizer(recognizer(decoder))).release();
  // What draws and measures takes long to load, and no other command needs all of it.
  const { findAll } = await import('../../report/findings/findings.js');
  const { reportHtml, withoutArrays } = await import('../../report/report.js');
  const findings = await findAll(
    { questions: asked, tier: bestTier(), threads: cores(), quick, recognizer },
    status,
  );
  clearStatus();
  await writeWhole(out, reportHtml(findings));
  if (json) print(JSON.stringify(withoutArrays(findings), null, 2));
  note(`Wrote ${out}`);
}

function questions(text: string): Question[] {
  const numbers = text.split(',').map(Number);
  if (!numbers.every((number): number is Question => [1, 2, 3].includes(number)))
    throw new InvalidArgumentError('Expected a list of 1, 2 and 3.');
  return numbers;
}
