import type { LineChart } from '../charts/lines.js';
import type { AlignmentChart, SoundChart } from '../charts/sound.js';
import type { Alignment } from './alignment.js';
import { FRAME_RATE, MEL_BINS } from './mel.js';
import { type System, systemName } from './model/recognizer.js';
import type { Epoch } from './training.js';

/** The charts of a recognizer's card, by their names. Their source is the record, which the card says how to make. */
export function cardCharts(
  system: System,
  earlier: readonly Epoch[],
  curve: readonly Epoch[],
): Record<'loss' | 'similarity', LineChart> {
  const title = systemName(system);
  const source = `curve.json${earlier.length > 0 ? `; epochs 1 to ${earlier.length} are those of the training that it began with` : ''}`;
  const epochs = [...earlier, ...curve];
  return {
    loss: { ...lossChart(title, epochs), source },
    similarity: { ...similarityChart(title, epochs), source },
  };
}

/** Losses by epoch, as the report's figures 6 and 10. */
export function lossChart(title: string, curve: readonly Epoch[]): LineChart {
  return curveChart(title, 'cross-entropy, nats a character', curve, {
    training: ({ trainingLoss }) => trainingLoss,
    validation: ({ loss }) => loss,
  });
}

/** The three similarities on validation clips by epoch, as the report's figures 3 to 5 and 7 to 9. */
export function similarityChart(title: string, curve: readonly Epoch[]): LineChart {
  return curveChart(title, 'similarity, validation', curve, {
    cosine: ({ cosine }) => cosine,
    Jaccard: ({ jaccard }) => jaccard,
    'Damerau–Levenshtein': ({ edit }) => edit,
  });
}

function curveChart(
  title: string,
  y: string,
  curve: readonly Epoch[],
  lines: Record<string, (epoch: Epoch) => number>,
): LineChart {
  const points = Object.entries(lines).flatMap(([series, value]) =>
    curve.map((epoch, i) => ({ series, x: i + 1, y: value(epoch) })),
  );
  return { title, x: 'epoch', y, wholeX: true, points };
}

/** A word, and the second of the sound at which it was heard. */
export interface HeardWord {
  text: string;
  at: number;
}

/** A spectrogram as the recognizers hear it, [frames, 80], and the words that they wrote. */
export function spectrogramChart(spectrogram: Float32Array, words: readonly HeardWord[] = []): SoundChart {
  const frames = spectrogram.length / MEL_BINS;
  // Frame after frame to filter after filter, the highest first, as a picture is drawn.
  const values = Float32Array.from({ length: spectrogram.length }, (_, i) => {
    const [row, frame] = [Math.floor(i / frames), i % frames];
    return spectrogram[frame * MEL_BINS + MEL_BINS - 1 - row]!;
  });
  return {
    ...{ title: 'what is heard', x: 'time, s', y: 'mel filter' },
    ...{ values, columns: frames, seconds: frames / FRAME_RATE, words },
  };
}

/** Where a recognizer listened for each symbol that it wrote. */
export function listeningChart({ spectrogram, symbols, weights }: Alignment): AlignmentChart {
  return {
    ...{ title: 'where it listens', x: 'time, s', y: 'written' },
    ...{ values: weights, columns: weights.length / symbols.length, symbols },
    seconds: spectrogram.length / MEL_BINS / FRAME_RATE,
  };
}

/** The words that were written, each in the middle of where its letters were heard most. */
export function heardWords({ spectrogram, symbols, weights }: Alignment): HeardWord[] {
  const positions = weights.length / symbols.length;
  const seconds = spectrogram.length / MEL_BINS / FRAME_RATE;
  const words: { text: string; times: number[] }[] = [];
  let inWord = false;
  symbols.forEach((symbol, i) => {
    const isLetter = /^[a-z#]$/.test(symbol);
    if (isLetter && !inWord) words.push({ text: '', times: [] });
    inWord = isLetter;
    if (!isLetter) return;
    const row = weights.subarray(i * positions, (i + 1) * positions);
    const loudest = row.indexOf(row.reduce((a, b) => Math.max(a, b)));
    const word = words.at(-1)!;
    word.text += symbol;
    word.times.push(((loudest + 0.5) * seconds) / positions);
  });
  return words.map(({ text, times }) => ({ text, at: times.reduce((a, b) => a + b) / times.length }));
}
