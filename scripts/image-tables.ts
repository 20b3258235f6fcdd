/** The tables of docs/images.md, from the records in models/. */
import { formatCount, formatEstimate, formatPercent, formatSigned } from '#hw2/format/numbers.js';
import type { mcnemar } from '#hw2/statistics/proportions.js';
import type { Evaluation } from '#hw2/vision/evaluation.js';
import type { TrustRecord } from '#hw2/vision/fit-trust.js';
import type { Variant } from '#hw2/vision/network.js';
import { between, table } from './markers.js';

export const IMAGE_PAGE = 'docs/images.md';

export type Result = Pick<Evaluation, 'images' | 'accuracy' | 'interval' | 'auc' | 'confusion'>;

/** models/phantom/results.json: what no training recorded of the networks of phantoms. Pooling comes first. */
export interface PhantomResults {
  phantoms: Result[];
  real: Result[];
  mcnemar: ReturnType<typeof mcnemar>;
}

/** What these tables take of the `.json` beside a network. */
export interface ImageRecord {
  test: Result;
  trust: TrustRecord;
}

/** Folders of models/, and what their networks were trained on. */
export const TRAINED = {
  phantom: '97,477 phantoms',
  pneumoniamnist: 'PneumoniaMNIST',
  'octmnist-sample': '183 real OCT images',
  'octmnist-sample-finetuned': 'phantoms, then the 183',
} as const;
export type ImageRecords = Record<keyof typeof TRAINED, Record<Variant, ImageRecord>>;

export function withImageTables(page: string, records: ImageRecords, results: PhantomResults): string {
  const scored = between(page, 'results', resultTable(records, results), IMAGE_PAGE);
  const warm = between(scored, 'temperatures', temperatureTable(records), IMAGE_PAGE);
  return between(warm, 'gate', gateTable(records['octmnist-sample-finetuned'].maxpool.trust), IMAGE_PAGE);
}

function resultTable(records: ImageRecords, { phantoms, real, mcnemar: test }: PhantomResults): string {
  const tests = (folder: keyof ImageRecords) => [records[folder].maxpool.test, records[folder].stride.test];
  const rows = [
    [`${TRAINED.phantom}, as the report`, '1,000 phantoms (synthetic)', ...accuracies(phantoms)],
    [TRAINED.pneumoniamnist, 'its 624 test images', ...accuracies(tests('pneumoniamnist'), true)],
    [TRAINED.phantom, '91 real OCT images', ...accuracies(real)],
    ...(['octmnist-sample', 'octmnist-sample-finetuned'] as const).map((folder) => [
      TRAINED[folder],
      'the same 91',
      ...accuracies(tests(folder)),
    ]),
  ];
  return `${table(['trained on', 'tested on', 'with pooling', 'without'], rows)}

On phantoms, ${test.onlyFirst} images are told right by pooling alone, ${test.onlySecond} by striding alone (McNemar's exact test, p = ${test.p.toPrecision(1)}).`;
}

function accuracies(results: readonly Result[], withAuc = false): string[] {
  return results.map(({ accuracy, interval, auc }) => {
    const text = formatEstimate({ value: accuracy, ...interval }, 3);
    return withAuc ? `${text}, AUC ${auc.toFixed(3)}` : text;
  });
}

function temperatureTable(records: ImageRecords): string {
  const head = [
    ...['', 'validation images', 'temperature fitted', 'gain, nats an image'],
    'expected calibration error on test images, five ranges: without, with it',
  ];
  const rows = Object.entries(records).flatMap(([folder, networks]) =>
    Object.entries(networks).map(([variant, { trust }]) => {
      const { validationImages, fitted, gain, before, after } = trust;
      const [value, low, high] = [gain.value, gain.low, gain.high].map((x) => formatSigned(x, 4));
      return [
        `${TRAINED[folder as keyof ImageRecords]}, ${variant === 'maxpool' ? 'with pooling' : 'without'}`,
        ...[formatCount(validationImages), fitted.toFixed(2), `${value} (${low} to ${high})`],
        `${before.error.toFixed(3)}, ${after.error.toFixed(3)}`,
      ];
    }),
  );
  return table(head, rows);
}

/** What the gate of a network for real OCT refuses; its test images come first: those are false alarms. */
function gateTable({ gate }: TrustRecord): string {
  const rows = gate.map(({ what, images, refused }, i) => [
    i === 0 ? `${what}: false alarms` : what,
    ...[formatCount(images), formatCount(refused), formatPercent(refused / images)],
  ]);
  return table(['before the gate of the networks for real OCT', 'how many', 'refused', 'share'], rows);
}
