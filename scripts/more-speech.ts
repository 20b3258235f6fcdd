/**
 * Lays out more speech as LJSpeech, for hw2 train-asr: readers of LibriSpeech, clips that RHVoice has spoken, clips of two
 * other books of LJSpeech, and parts of the clips that genuine-clips.ts laid out for training.
 *
 *   node build/scripts/more-speech.js MORE CORPUS
 *
 * MORE holds librispeech, rhvoice and ljspeech-more, each with metadata.csv and ID.opus or ID.flac, lj-pieces.csv
 * (id|clip|start|end|text, in seconds) and lj-words.csv (clip|start|end|word). CORPUS gets
 *
 *   libri/train, libri/kept   the readers; kept are the two women and the two men of lowest number
 *   rhvoice/ready, lj/other   as they are; texts of lj/other are left out of rhvoice/ready
 *   lj/pieces                 the clips cut at pauses
 *   lj/crops                  all runs of words between two pauses that are neither a clip nor a piece
 *   lj/joined                 two or three such runs, of clips drawn at random, one after the other
 *
 * opusdec decodes Opus and sox FLAC (`apt-get install opus-tools sox`); a clip that is already there is left as it is.
 */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { readLjspeech } from '#hw2/data/ljspeech.js';
import { encodeWav, type Waveform } from '#hw2/data/wav.js';
import { readWav } from '#hw2/data/wav-file.js';
import { writeWhole } from '#hw2/data/write.js';
import { PROTOCOL_TOKENS } from '#hw2/speech/text.js';
import { Random } from '#hw2/statistics/random.js';
import { given } from './given.js';

const SEED = 42;
const LONGEST_TEXT = PROTOCOL_TOKENS - 2;
/** LibriSpeech's SPEAKERS.TXT has them as women (F: 84, 1462) and men (M: 174, 251); no other of dev-clean has a lower number. */
const KEPT_READERS = ['84', '174', '251', '1462'];
/** A gap of this many seconds between two words is a pause. */
const PAUSE = 0.03;
const CROP_SECONDS = [0.8, 9.5] as const;
const JOINED_CLIPS = 1_200;
/** Silence between two runs that are joined, in seconds. */
const GAP = [0.1, 0.45] as const;

interface Entry {
  id: string;
  text: string;
}

/** A run of words within a clip, in seconds. */
interface Run {
  clip: string;
  start: number;
  end: number;
  text: string;
}

async function linesOf(path: string): Promise<string[][]> {
  const lines = (await readFile(path, 'utf8')).trim().split(/\r?\n/);
  return lines.map((line) => line.split('|'));
}

async function entriesOf(folder: string): Promise<Entry[]> {
  const lines = await linesOf(join(folder, 'metadata.csv'));
  return lines.map((fields) => ({ id: fields[0]!, text: fields.at(-1)! }));
}

async function writeMetadata(folder: string, entries: readonly Entry[]): Promise<void> {
  await writeWhole(
    join(folder, 'metadata.csv'),
    entries.map(({ id, text }) => `${id}|${text}|${text}\n`).join(''),
  );
  console.log(`${folder}: ${entries.length} clips`);
}

async function layOut(from: string, entries: readonly Entry[], folder: string): Promise<void> {
  await mkdir(join(folder, 'wavs'), { recursive: true });
  for (const { id } of entries) {
    const wav = join(folder, 'wavs', `${id}.wav`);
    if (existsSync(wav)) continue;
    const opus = join(from, `${id}.opus`);
    await (existsSync(opus)
      ? promisify(execFile)('opusdec', ['--quiet', '--force-wav', '--rate', '22050', opus, `${wav}.partial`])
      : promisify(execFile)('sox', [join(from, `${id}.flac`), '-t', 'wav', `${wav}.partial`]));
    await rename(`${wav}.partial`, wav);
  }
  await writeMetadata(folder, entries);
}

/** Cuts runs out of the clips of lj/train. */
class Cutter {
  readonly #clips: Promise<Map<string, string>>;
  #last: { clip: string; sound: Waveform } | undefined;

  constructor(folder: string) {
    this.#clips = readLjspeech(folder).then((clips) => new Map(clips.map(({ id, audio }) => [id, audio])));
  }

  async has({ clip }: Run): Promise<boolean> {
    return (await this.#clips).has(clip);
  }

  async cut({ clip, start, end }: Run): Promise<Waveform> {
    if (this.#last?.clip !== clip)
      this.#last = { clip, sound: await readWav((await this.#clips).get(clip)!) };
    const { samples, sampleRate } = this.#last.sound;
    return {
      samples: samples.slice(Math.round(start * sampleRate), Math.round(end * sampleRate)),
      sampleRate,
    };
  }
}

async function writeClip(folder: string, id: string, sound: Waveform): Promise<void> {
  const wav = join(folder, 'wavs', `${id}.wav`);
  await mkdir(dirname(wav), { recursive: true });
  await writeWhole(wav, encodeWav(sound));
}

function groupByClip(words: readonly Run[]): Map<string, Run[]> {
  const groups = new Map<string, Run[]>();
  for (const word of words) groups.set(word.clip, [...(groups.get(word.clip) ?? []), word]);
  return groups;
}

/** Runs from one pause to another, at most as long as the protocol hears; the cut is in the middle of the pause. */
function runsBetweenPauses(words: readonly Run[]): Run[] {
  const breaks = [0];
  for (let i = 1; i < words.length; i++) if (words[i]!.start - words[i - 1]!.end >= PAUSE) breaks.push(i);
  breaks.push(words.length);
  const margin = (before: Run | undefined, after: Run | undefined) =>
    before && after
      ? (before.end + after.start) / 2
      : before
        ? before.end + 0.1
        : Math.max(0, after!.start - 0.1);
  return breaks.flatMap((first, i) =>
    breaks.slice(i + 1).map((end): Run => {
      return {
        clip: words[0]!.clip,
        start: margin(words[first - 1], words[first]),
        end: margin(words[end - 1], words[end]),
        text: words
          .slice(first, end)
          .map(({ text }) => text)
          .join(' '),
      };
    }),
  );
}

function joinedSound(sounds: readonly Waveform[], draw: Random): Waveform {
  const { sampleRate } = sounds[0]!;
  const parts = sounds.flatMap(({ samples }, i) =>
    i === 0 ? [samples] : [new Float32Array(Math.round(draw.uniform(...GAP) * sampleRate)), samples],
  );
  const samples = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    samples.set(part, at);
    at += part.length;
  }
  return { samples, sampleRate };
}

async function cutClips(more: string, corpus: string): Promise<void> {
  const cutter = new Cutter(join(corpus, 'lj/train'));
  const runs = async (path: string, read: (fields: string[]) => Run) => {
    const found: Run[] = [];
    for (const fields of (await linesOf(path)).slice(1)) {
      const run = read(fields);
      if (await cutter.has(run)) found.push(run);
    }
    return found;
  };
  const pieces = await runs(join(more, 'lj-pieces.csv'), ([, clip, start, end, text]) => {
    return { clip: clip!, start: Number(start), end: Number(end), text: text! };
  });
  const words = await runs(join(more, 'lj-words.csv'), ([clip, start, end, text]) => {
    return { clip: clip!, start: Number(start), end: Number(end), text: text! };
  });

  const write = async (name: string, list: readonly Run[]) => {
    const entries: Entry[] = [];
    for (const [i, run] of list.entries()) {
      const id = `${run.clip}-${name}-${i + 1}`;
      await writeClip(join(corpus, 'lj', name), id, await cutter.cut(run));
      entries.push({ id, text: run.text });
    }
    await writeMetadata(join(corpus, 'lj', name), entries);
  };
  await write('pieces', pieces);

  const known = new Set(pieces.map(({ clip, text }) => `${clip} ${text}`));
  for (const { id, normalised } of await readLjspeech(join(corpus, 'lj/train')))
    known.add(`${id} ${normalised}`);
  const byClip = groupByClip(words);
  const all = [...byClip.values()].flatMap(runsBetweenPauses);
  const crops = all.filter(({ clip, start, end, text }) => {
    const isLong = end - start >= CROP_SECONDS[0] && end - start <= CROP_SECONDS[1];
    return isLong && text.length <= LONGEST_TEXT && !known.has(`${clip} ${text}`);
  });
  await write('crops', crops);

  const draw = new Random(SEED);
  const short = all.filter(({ start, end }) => end - start >= 0.5 && end - start <= 4.5);
  const entries: Entry[] = [];
  while (entries.length < JOINED_CLIPS) {
    const drawn = Array.from({ length: 2 + draw.integer(2) }, () => short[draw.integer(short.length)]!);
    const text = drawn.map((run) => run.text).join(' ');
    if (text.length > LONGEST_TEXT) continue;
    const sounds: Waveform[] = [];
    for (const run of drawn) sounds.push(await cutter.cut(run));
    const id = `joined-${entries.length + 1}`;
    await writeClip(join(corpus, 'lj/joined'), id, joinedSound(sounds, draw));
    entries.push({ id, text });
  }
  await writeMetadata(join(corpus, 'lj/joined'), entries);
}

const { MORE: more, CORPUS: corpus } = given('MORE CORPUS', {
  MORE: {
    is: 'a folder with the clips and the two lists that the head of the script describes',
    holds: ['librispeech', 'rhvoice', 'ljspeech-more', 'lj-pieces.csv', 'lj-words.csv'],
  },
  CORPUS: { is: 'the folder that genuine-clips.ts wrote', holds: ['lj/train'] },
});
const isKept = ({ id }: Entry) => KEPT_READERS.includes(id.split('-')[0]!);
const readers = await entriesOf(join(more, 'librispeech'));
const other = await entriesOf(join(more, 'ljspeech-more'));
const otherTexts = new Set(other.map(({ text }) => text));
const spoken = (await entriesOf(join(more, 'rhvoice'))).filter(({ text }) => !otherTexts.has(text));
await layOut(join(more, 'ljspeech-more'), other, join(corpus, 'lj/other'));
await cutClips(more, corpus);
await layOut(
  join(more, 'librispeech'),
  readers.filter((entry) => !isKept(entry)),
  join(corpus, 'libri/train'),
);
await layOut(join(more, 'librispeech'), readers.filter(isKept), join(corpus, 'libri/kept'));
await layOut(join(more, 'rhvoice'), spoken, join(corpus, 'rhvoice/ready'));
