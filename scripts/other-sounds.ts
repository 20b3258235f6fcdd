/**
 * Makes sounds that nobody speaks in, laid out as LJSpeech for hw2 train-asr: noise, hum, sweeps, clicks, rhythms and music.
 * Their transcript is `#`, an unknown symbol, so that a recognizer that is trained on them has something to write for what
 * is no speech.
 *
 *   node build/scripts/other-sounds.js OUT COUNT SEED
 */
import { join } from 'node:path';
import { encodeWav } from '#hw2/data/wav.js';
import { writeWhole } from '#hw2/data/write.js';
import { Random } from '#hw2/statistics/random.js';
import { given, refuse } from './given.js';

const RATE = 22_050;

type Source = (length: number, draw: Random) => Float32Array;

/** Noise whose power falls with frequency, from white to brown, louder and softer as it likes. */
const noise: Source = (length, draw) => {
  const leak = draw.uniform(0, 0.99);
  const beat = { hertz: draw.uniform(0.1, 6), depth: draw.uniform() < 0.5 ? 0 : draw.uniform(0, 1) };
  let low = 0;
  return Float32Array.from({ length }, (_, i) => {
    low = leak * low + (1 - leak) * draw.uniform(-1, 1);
    return low * (1 - beat.depth * (0.5 + 0.5 * Math.sin((2 * Math.PI * beat.hertz * i) / RATE)));
  });
};

/** Motors and mains: harmonics of one low tone. */
const hum: Source = (length, draw) => {
  const hertz = draw.uniform(45, 220);
  const parts = Array.from({ length: 12 }, (_, k) => draw.uniform() / (k + 1));
  return Float32Array.from({ length }, (_, i) =>
    parts.reduce((sum, part, k) => sum + part * Math.sin((2 * Math.PI * hertz * (k + 1) * i) / RATE), 0),
  );
};

/** A tone that glides. */
const sweep: Source = (length, draw) => {
  const [from, to] = [draw.uniform(80, 4_000), draw.uniform(80, 4_000)];
  let phase = 0;
  return Float32Array.from({ length }, (_, i) => {
    phase += (2 * Math.PI * from * (to / from) ** (i / length)) / RATE;
    return Math.sin(phase);
  });
};

/** Taps, drops, typing: short bursts that ring at a frequency of their own. */
const clicks: Source = (length, draw) => {
  const samples = new Float32Array(length);
  const mean = draw.uniform(0.05, 0.6) * RATE;
  const steady = draw.uniform() < 0.5;
  for (let at = 0; at < length; at += mean * (steady ? 1 : draw.uniform(0.2, 1.8)))
    burst(samples, Math.floor(at), draw, draw.uniform(0.3, 1));
  return samples;
};

function burst(samples: Float32Array, at: number, draw: Random, loud: number): void {
  const hertz = draw.uniform(100, 5_000);
  const decay = draw.uniform(0.004, 0.08) * RATE;
  const grain = draw.uniform();
  for (let i = 0; i < 6 * decay && at + i < samples.length; i++) {
    const ring = Math.sin((2 * Math.PI * hertz * i) / RATE);
    samples[at + i]! += loud * Math.exp(-i / decay) * ((1 - grain) * ring + grain * draw.uniform(-1, 1));
  }
}

const SCALES = [
  [0, 2, 4, 5, 7, 9, 11],
  [0, 2, 3, 5, 7, 8, 10],
  [0, 2, 4, 7, 9],
];

/** Notes of a scale in one to four voices, plucked or held, with or without drums. */
const music: Source = (length, draw) => {
  const samples = new Float32Array(length);
  const scale = SCALES[draw.integer(SCALES.length)]!;
  const beat = 60 / draw.uniform(60, 190);
  const root = draw.uniform(40, 64);
  const isHeld = draw.uniform() < 0.4;
  const falls = draw.uniform(0.8, 2.2);
  const voices = 1 + draw.integer(4);
  for (let voice = 0; voice < voices; voice++) {
    const lasts = beat * [0.5, 1, 1, 2, 4][draw.integer(5)]!;
    for (let start = 0; start < length; start += lasts * RATE) {
      if (draw.uniform() < 0.15) continue;
      const degree = draw.integer(2 * scale.length);
      const pitch = root + 12 * Math.floor(degree / scale.length) + scale[degree % scale.length]! + 7 * voice;
      const hertz = 440 * 2 ** ((pitch - 69) / 12);
      note(samples, Math.floor(start), hertz, lasts, isHeld, falls);
    }
  }
  if (draw.uniform() < 0.4)
    for (let at = 0; at < length; at += beat * RATE) burst(samples, Math.floor(at), draw, 1.5);
  return samples;
};

function note(
  samples: Float32Array,
  at: number,
  hertz: number,
  seconds: number,
  isHeld: boolean,
  falls: number,
): void {
  const length = Math.min(Math.floor(seconds * RATE), samples.length - at);
  for (let harmonic = 1; harmonic <= 8 && harmonic * hertz < RATE / 2; harmonic++)
    for (let i = 0; i < length; i++) {
      const fade = isHeld
        ? Math.min(1, i / 800, (length - i) / 800)
        : Math.min(1, i / 60) * Math.exp(-i / (0.4 * RATE));
      samples[at + i]! += (fade * Math.sin((2 * Math.PI * harmonic * hertz * i) / RATE)) / harmonic ** falls;
    }
}

const SOURCES: readonly Source[] = [noise, noise, hum, sweep, clicks, music, music, music];

function sound(draw: Random, position: number): Float32Array {
  const length = Math.floor(draw.uniform(1, 9) * RATE);
  const samples = SOURCES[position % SOURCES.length]!(length, draw);
  const hiss = 10 ** -draw.uniform(1.5, 4);
  const peak = samples.reduce((most, x) => Math.max(most, Math.abs(x)), 1e-9);
  return samples.map((x) => 0.5 * (x / peak + hiss * draw.uniform(-1, 1)));
}

const USAGE = 'OUT COUNT SEED';
const { OUT: out } = given(USAGE, { OUT: { is: 'the folder to write', isOutput: true } });
const [count = '', seed = ''] = process.argv.slice(3);
if (!/^[1-9]\d*$/.test(count) || !/^\d+$/.test(seed)) refuse(USAGE, 'expected COUNT and SEED, whole numbers');
const lines: string[] = [];
for (let position = 0; position < Number(count); position++) {
  const samples = sound(new Random(Number(seed), position), position);
  const id = `sound-${position + 1}`;
  await writeWhole(join(out, 'wavs', `${id}.wav`), encodeWav({ samples, sampleRate: RATE }));
  lines.push(`${id}|#|#\n`);
}
await writeWhole(join(out, 'metadata.csv'), lines.join(''));
