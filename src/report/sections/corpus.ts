import { formatCount } from '../../format/numbers.js';
import { FRAME_RATE } from '../../speech/mel.js';

/** Folders of the corpus that the shipped recognizers learned from, as docs/speech.md tells them. */
const FOLDERS: Record<string, string> = {
  'corpus/slt/train': 'synthetic phrases',
  'corpus/slt/sentences': 'synthetic sentences of one voice',
  'corpus/slt/long': 'synthetic sentences of one voice',
  'corpus/slt/validation': 'synthetic phrases of that voice',
  'corpus/rhvoice/ready': 'synthetic speech of three more voices',
  'corpus/rhvoice/long': 'synthetic speech of three more voices',
  'corpus/rhvoice/more': 'synthetic speech of three more voices',
  'corpus/libri/train': '16 readers of LibriSpeech',
  'corpus/reader': 'prompts of another reader',
  'corpus/sounds/train': 'noise and music',
  'corpus/lj/train': 'genuine clips of LJSpeech, whole and in parts',
  'corpus/lj/pieces': 'genuine clips of LJSpeech, whole and in parts',
  'corpus/lj/crops': 'genuine clips of LJSpeech, whole and in parts',
  'corpus/lj/joined': 'genuine clips of LJSpeech, whole and in parts',
  'corpus/lj/validation': 'genuine clips of LJSpeech that were kept',
  'corpus/lj/other': 'genuine clips of two other books',
};

/** `18472 clips to 1376 frames of corpus/reader, …; corpus/lj/validation, …`, as hw2 train-asr writes it. */
const TRAINED_ON = /^(\d+) clips(?: to (\d+) frames)? of ([^;]+); ([^;]+)$/;

/** What a recognizer learned from and was validated on; folders of the reader's own keep their names. */
export function corpusInWords(data: string): string {
  const [, clips, frames, training, validation] = TRAINED_ON.exec(data) ?? [];
  if (!training || !validation) return data;
  const inWords = (folders: string) =>
    [...new Set(folders.split(', ').map((folder) => FOLDERS[folder] ?? folder))].join('; ');
  const length = frames === undefined ? '' : ` of at most ${(Number(frames) / FRAME_RATE).toFixed(0)} s`;
  return `${formatCount(Number(clips))} clips${length} (${inWords(training)}), validated on ${inWords(validation)}`;
}
