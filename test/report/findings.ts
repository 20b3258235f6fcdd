import { featureDim } from '#engine/attention/feature-map.js';
import type { Race } from '#hw2/bench/race.js';
import type { AttentionFindings } from '#hw2/report/findings/attention.js';
import type { ReportFindings } from '#hw2/report/findings/findings.js';
import type { ImageEvaluation } from '#hw2/report/findings/images.js';
import type { SpeechEvaluation } from '#hw2/report/findings/speech.js';
import { weightErrors } from '#hw2/report/findings/weights.js';
import { compare, type Judged, METRICS } from '#hw2/speech/comparison.js';
import { scoreSet, scoreTranscript } from '#hw2/speech/evaluation.js';
import { encodeText } from '#hw2/speech/text.js';
import { mcnemar, wilsonInterval } from '#hw2/statistics/proportions.js';

const matrices = {
  ...{ id: 'clip-1', sentence: 'a <b> & c', L: 3, D: 80, sigma: 1 },
  exact: Float32Array.of(1, 0, 0, 0, 1, 0, 0, 0, 1),
  taylor: [{ order: 2, weights: new Float32Array(9).fill(1 / 3), distance: 2 / 3 }],
};

const wayPoint = (name: string, seconds: number, rms: number, isOnFrontier = true) => ({
  ...{ method: 'taylor' as const, name, order: 0, centroids: 64, near: 0, isOnFrontier },
  ...{ secondsMedian: seconds, seconds: [seconds] },
  error: { rms, interval: [0, 1.2 * rms] as const, max: 2 * rms, rows: 32 },
});

/** Findings of a machine on which time is exactly what theory says of it. */
export function attentionFindings(): AttentionFindings {
  const problem = { heads: 1, order: 2, sigma: 0.5, threads: 1, tier: 'simd' as const };
  const race = (L: number, D: number, isCausal: boolean, peers: boolean): Race => {
    const times = {
      exact: (1e-10 * L * L * D) / (isCausal ? 2 : 1),
      taylor: 1e-10 * L * featureDim(D, 2) * (D + 1),
    };
    const entry = (contender: string, kind: 'exact' | 'taylor', factor: number) => ({
      ...{ contender, kind, flops: 1e9, maxAbsError: 1e-7 },
      seconds: [1, 1.01, 0.99].map((noise) => noise * factor * times[kind]),
    });
    return {
      problem: { ...problem, L, D, isCausal },
      entries: [
        ...[entry('hw2 exact', 'exact', 1), entry('hw2 taylor', 'taylor', 1)],
        ...(peers ? [entry('ort <fused>', 'exact', 0.5), entry('ort products', 'taylor', 2)] : []),
      ],
      roof: { seconds: [0.1, 0.1, 0.1], flops: 1e10 },
      absent: peers ? [{ contender: 'ort other', reason: 'it is "not" here' }] : [],
    };
  };
  const crossing = [16, 32, 64].flatMap((D) =>
    [false, true].flatMap((isCausal) => {
      if (D === 64 && !isCausal) return [];
      const expected = (isCausal ? 2 : 1) * featureDim(D, 2);
      return [expected / 2, expected * 2].map((L) => race(L, D, isCausal, false));
    }),
  );
  return {
    races: [...[1024, 2048, 4096].map((L) => race(L, 64, false, true)), ...crossing],
    tradeoffs: [
      {
        problem: { ...problem, L: 64, D: 16, isCausal: false },
        ...{ sigmas: [0.1, 1], exactSeconds: [0.1, 0.1], exactErrors: [1e-6, 1e-6] },
        orders: [1, 2].map((order) => ({
          order,
          seconds: [0.01 * order, 0.01 * order],
          errors: [0.01, 0.4],
          seriesErrors: [0.001, 0.4],
        })),
      },
    ],
    memory: [1024, 2048, 4096].flatMap((L) => [
      { problem: { ...problem, L, D: 64, isCausal: false }, contender: 'hw2 exact', bytes: 1000 * L },
      { problem: { ...problem, L, D: 64, isCausal: false }, contender: 'ort <fused>', reason: 'no memory' },
    ]),
    weights: weightErrors({ L: 32, D: 8 }, [1, 2, 3, 4], [0.1, 1]),
    matrices,
    frontier: {
      ...{ L: 2048, D: 64 },
      points: [
        wayPoint('order 0', 0.1, 0.05),
        wayPoint('order 0', 0.2, 0.03),
        wayPoint('order 1', 0.3, 0.04, false),
        { method: 'exact', name: 'exact', secondsMedian: 1, seconds: [1], isOnFrontier: true },
      ],
    },
  };
}

export function imageEvaluation(): ImageEvaluation {
  const labels = [0, 0, 1, 1, 2, 2, 3, 3];
  const model = (variant: 'maxpool' | 'stride', predictions: Uint8Array) => ({
    ...{ variant, file: `${variant}.onnx`, parameters: 224_892 },
    result: {
      ...{ images: 8, accuracy: 0.75, interval: wilsonInterval(6, 8), auc: 0.9, recalls: [1, 1, 0.5, 0.5] },
      ...{ confusion: [0, 1, 2, 3].map((i) => [0, 1, 2, 3].map((j) => (i === j ? 2 : 0))), predictions },
      ...{ secondsPerImage: 1e-4, throughput: 1e4 },
    },
  });
  const [first, second] = [Uint8Array.from(labels), Uint8Array.of(0, 0, 1, 1, 2, 2, 3, 0)];
  return {
    data: 'synthetic sections',
    classNames: ['neovascularization', 'edema', 'drusen', 'normal'],
    models: [model('maxpool', first), model('stride', second)],
    test: mcnemar(labels, first, second),
    shifts: [{ pixels: 3, kept: [0.8, 0.6], accuracies: [0.7, 0.5] }],
    examples: [
      { label: 0, predicted: 0, pixels: new Uint8Array(784) },
      { label: 3, predicted: 0, pixels: new Uint8Array(784) },
    ],
  };
}

/** @param texts what was said and what was heard */
function judged(name: string, texts: readonly [string, string][]): Judged {
  const clips = texts.map(([said, heard]) => scoreTranscript(encodeText(said), encodeText(heard), 1.2));
  const intervals = METRICS.map(({ metric }) => [metric, { low: 0.1, high: 0.9 }]);
  return {
    name,
    clips,
    score: scoreSet(clips),
    intervals: Object.fromEntries(intervals),
    words: [],
    calibrationError: 0,
    realTimeFactor: 0.05,
  };
}

const share = (english: number, words: number) => ({ english, words });

export function speechEvaluation(): SpeechEvaluation {
  const lstm = judged('lstm', [
    ['listen to me', 'lisen to me'],
    ['good day', 'god day'],
  ]);
  const attention = judged('attention', [
    ['listen to me', 'listen to em'],
    ['good day', 'good day'],
  ]);
  return {
    ...{ sentences: 'models/asr-test', clips: 2, systems: [lstm, attention] },
    comparison: compare(lstm, attention),
    alignment: {
      ...{ id: 'spoken', sentence: 'Go on.', spectrogram: new Float32Array(80 * 8).map((_, i) => i % 7) },
      ...{
        symbols: ['g', 'o', ' ', 'on', 'end'],
        weights: new Float32Array(5 * 4).map((_, i) => Number(i % 5 === 0)),
      },
    },
    english: { listed: 9, said: share(7, 8), written: [share(5, 8), share(6, 8)], p: 0.3 },
    linear: {
      matrices: [matrices],
      softmax: attention,
      exact: attention,
      orders: [{ order: 2, judged: lstm, against: compare(attention, lstm) }],
    },
  };
}

export function findings(parts: Partial<ReportFindings>): ReportFindings {
  return {
    ...{ format: 'hw2-report', version: 2, tier: 'simd', threads: 1, quick: true, seconds: 1 },
    machine: {
      ...{ date: '2024-01-06T00:00:00Z', cpu: 'CPU <1>', cores: 1, platform: 'linux x64' },
      ...{ node: 'v20.0.0', v8: '11', versions: { 'hw2-engine': '0.1.0' } },
    },
    ...parts,
  };
}
