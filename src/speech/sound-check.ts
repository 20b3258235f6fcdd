import type { Waveform } from '../data/wav.js';
import { formatPercent } from '../format/numbers.js';
import { speechLevel } from './level.js';
import { PROTOCOL_SECONDS } from './mel.js';

/** What can be said of a recording before it is recognised. */
export interface SoundCheck {
  /** What is wrong with it, in words; nothing where it is well. */
  readonly faults: readonly string[];
  /** Whether it is silent, so that nothing can be heard. */
  readonly isSilent: boolean;
}

/** Decibels of full scale below which speech is closer to the rounding of 16 bits, −101 dB, than to what models heard. */
const QUIET = -55;
/** Samples at the limit, as a share of all, from which on a recording was too loud for its device. */
const CLIPPED_SHARE = 1e-3;
const LIMIT = 0.999;

/** Looks at the part of a recording that is heard. */
export function inspectSound({ samples, sampleRate }: Waveform): SoundCheck {
  const heard = samples.subarray(0, Math.ceil(PROTOCOL_SECONDS * sampleRate));
  const level = speechLevel({ samples: heard, sampleRate });
  const clipped = heard.reduce((count, x) => count + Number(Math.abs(x) >= LIMIT), 0) / heard.length;
  const faults: string[] = [];
  if (level < QUIET && level > Number.NEGATIVE_INFINITY)
    faults.push(`very quiet (${level.toFixed(0)} dB of full scale): speak closer to the microphone`);
  if (clipped >= CLIPPED_SHARE)
    faults.push(`too loud, ${formatPercent(clipped)} of it is clipped: record it at a lower level`);
  return { faults, isSilent: level === Number.NEGATIVE_INFINITY };
}
