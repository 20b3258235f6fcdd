import type { Waveform } from '#hw2/data/wav.js';
import { formatPercent, formatSeconds } from '#hw2/format/numbers.js';
import { characterErrors, errorRate } from '#hw2/metrics/error-rate.js';
import { TOO_UNSURE, TRUST, type Transcript, UNSURE } from '#hw2/speech/confidence.js';
import { MEL_BINS } from '#hw2/speech/mel.js';
import { DEFAULT_DECODER, type Decoder } from '#hw2/speech/model/recognizer.js';
import { heardPart } from '#hw2/speech/spectrogram.js';
import { decodeTokens, encodeText, PROTOCOL_TOKENS } from '#hw2/speech/text.js';
import { formControls, keepInAddress } from '../address.js';
import { listAssets, loadAsset, Unavailable } from '../assets.js';
import { acceptFile } from '../drop.js';
import { element, elementOf, offerAgain, write } from '../elements.js';
import { showShare } from '../progress.js';
import { Cancelled, Remote } from '../remote.js';
import { clearPictures, drawAlignment, drawSound } from './pictures.js';
import type { Answer, Part, Question } from './question.js';
import { MAX_SECONDS, Recording } from './recording.js';
import { decodeSound } from './sound.js';

const DECODERS: Record<Decoder, string> = { attention: 'attention', lstm: 'LSTM' };
const NO_RECOGNIZER =
  'This page came without a trained recognizer: it shows sound, but cannot write it down. hw2 train-asr trains one; with its files in models/asr, build the page again.';

/** Of read speech, pauses and all. */
const FRAMES_PER_SYMBOL = 8.4;
/** No transcript is done before its end. */
const ALMOST = 0.99;

/** What is to be transcribed. */
interface Sound {
  name: string;
  waveform: Waveform;
  /** What is said in it, where that is known. */
  text: string | undefined;
}

/** The section that transcribes. */
export async function start(): Promise<void> {
  const { recognizers, samples } = await listAssets();
  const status = elementOf('speech-status', HTMLElement);
  const output = elementOf('speech-text', HTMLElement);
  const note = elementOf('speech-note', HTMLElement);
  const run = elementOf('speech-run', HTMLButtonElement);
  const audio = elementOf('speech-audio', HTMLAudioElement);
  const sampleList = elementOf('speech-sample', HTMLSelectElement);
  const decoderList = elementOf('speech-decoder', HTMLSelectElement);
  const remote = new Remote<Question, Part, Answer | undefined>('speech-worker');
  const beamList = elementOf('speech-beam', HTMLSelectElement);
  const working = elementOf('speech-working', HTMLElement);
  let isRunning = false;
  let sound: Sound | undefined;
  /** The last that was asked for: what is read of one before it comes too late. */
  let newest = 0;
  /** What the transcript was made with. */
  let madeWith: string | undefined;
  let faults: readonly string[] = [];
  /** Symbols that a transcript of the sound is expected to have. */
  let expected = 1;

  const onPart = (part: Part) => {
    if ('text' in part) {
      output.textContent = part.text;
      showShare(working, Math.min(ALMOST, part.text.length / expected));
    } else {
      drawSound(part.spectrogram);
      faults = part.faults;
      expected = Math.min(PROTOCOL_TOKENS - 2, part.spectrogram.length / MEL_BINS / FRAMES_PER_SYMBOL);
    }
  };
  /** What was heard before has nothing to do with what comes now, or with what is wrong with it. */
  const forget = () => {
    if (isRunning) remote.cancel();
    sound = undefined;
    run.disabled = true;
    URL.revokeObjectURL(audio.src);
    audio.removeAttribute('src');
    audio.load();
    output.textContent = '';
    note.textContent = '';
    elementOf('speech-source', HTMLElement).textContent = '';
    clearPictures();
    madeWith = undefined;
    markOld();
  };
  /** What is written, if it was not written with what is chosen now. */
  const markOld = () => {
    const isOld = madeWith !== undefined && madeWith !== choice();
    output.classList.toggle('old', isOld);
    write(
      elementOf('speech-text-label', HTMLElement),
      isOld ? `Transcript by ${madeWith}, not by what is chosen now` : 'Transcript',
    );
  };
  const choice = () => `${DECODERS[decoderList.value as Decoder]}, beam ${beamList.value}`;
  const say = (name: string, error: unknown) => {
    const { message } = error as Error;
    write(status, error instanceof Cancelled ? message : `${name}: ${message}`);
  };

  const show = async (name: string, load: () => Blob | Promise<Blob>, text?: string) => {
    forget();
    const turn = ++newest;
    write(status, `Reading ${name} …`);
    try {
      const file = await load();
      const decoded = await decodeSound(file);
      const waveform = heardPart(decoded);
      if (turn === newest) await remote.ask({ waveform, beam: 1 }, (part) => turn === newest && onPart(part));
      if (turn === newest) present(name, file, decoded, waveform, text);
    } catch (error) {
      if (turn !== newest) return;
      if (error instanceof Unavailable) offerAgain(status, error.message, () => show(name, load, text));
      else say(name, error);
    }
  };
  const present = (name: string, file: Blob, decoded: Waveform, waveform: Waveform, text?: string) => {
    sound = { name, waveform, text };
    run.disabled = recognizers.length === 0;
    audio.src = URL.createObjectURL(file);
    const seconds = decoded.samples.length / decoded.sampleRate;
    const limit = seconds > MAX_SECONDS ? `, of which the first ${MAX_SECONDS} s are listened to` : '';
    write(
      elementOf('speech-source', HTMLElement),
      `${name}, ${seconds.toFixed(1)} s${limit}${faults.map((fault) => `; ${fault}`).join('')}`,
    );
    output.textContent = '';
    note.textContent = text === undefined ? '' : `Said: ${text}`;
    status.textContent = recognizers.length > 0 ? 'Ready to transcribe.' : NO_RECOGNIZER;
  };
  const showSample = () => {
    const { file, text } = samples[sampleList.selectedIndex]!;
    const name = nameOf(file);
    return show(name, async () => new Blob([await loadAsset(file)]), text);
  };
  const showFile = (name: string, file: Blob) => {
    // So that any of them can be chosen again.
    sampleList.selectedIndex = -1;
    return show(name, () => file);
  };
  const transcribe = async ({ name, waveform, text: said }: Sound) => {
    isRunning = true;
    run.textContent = 'Cancel';
    showShare(working, 0);
    working.hidden = false;
    output.classList.add('unfinished');
    output.textContent = '';
    madeWith = undefined;
    markOld();
    drawAlignment();
    status.textContent = 'Listening…';
    try {
      const chosen = choice();
      const decoder = decoderList.value as Decoder;
      const { transcript, seconds, alignment } = (await remote.ask(
        { waveform, decoder, beam: Number(beamList.value) },
        onPart,
      ))!;
      output.replaceChildren(...marked(transcript));
      drawAlignment(alignment);
      write(status, `Transcribed by ${chosen}, in ${formatSeconds(seconds)}. ${trust(transcript)}`);
      madeWith = chosen;
      markOld();
      if (said !== undefined) write(note, `Said: ${said} ${score(said, transcript.text)}`);
    } catch (error) {
      output.textContent = '';
      say(name, error);
    } finally {
      isRunning = false;
      run.textContent = 'Transcribe';
      working.hidden = true;
      output.classList.remove('unfinished');
    }
  };

  sampleList.append(...samples.map(({ file, text }) => element('option', { value: nameOf(file) }, text)));
  sampleList.addEventListener('change', showSample);
  acceptFile(elementOf('speech-drop', HTMLElement), elementOf('speech-file', HTMLInputElement), (file) =>
    showFile(file.name, file),
  );
  startRecorder(elementOf('speech-record', HTMLButtonElement), say, (file) => showFile('Recording', file));
  const choices = recognizers.map((name) => element('option', { value: name }, DECODERS[name]));
  if (choices.length === 0) choices.push(element('option', {}, 'none came with this page'));
  decoderList.append(...choices);
  if (recognizers.includes(DEFAULT_DECODER)) decoderList.value = DEFAULT_DECODER;
  decoderList.disabled = recognizers.length === 0;
  const form = elementOf('speech-form', HTMLFormElement);
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    if (isRunning) remote.cancel();
    else if (sound) transcribe(sound);
  });
  form.addEventListener('change', markOld);
  const controls = formControls(form);
  form.addEventListener('change', keepInAddress('speech', controls, showSample));
  await showSample();
}

const nameOf = (file: string) => file.replace(/.*\//, '');

function startRecorder(
  button: HTMLButtonElement,
  say: (name: string, error: unknown) => void,
  onSound: (sound: Blob) => Promise<void>,
): void {
  const idle = button.textContent;
  let recording: Recording | undefined;
  button.addEventListener('click', async () => {
    if (recording) return recording.stop();
    try {
      recording = await Recording.start();
    } catch (error) {
      return say('Microphone', error);
    }
    write(button, `Stop recording (at most ${MAX_SECONDS} s)`);
    const sound = await recording.sound;
    recording = undefined;
    button.textContent = idle;
    await onSound(sound);
  });
}

/** The words, unsure ones marked with what is known of them. */
function marked({ isSpeech, words }: Transcript): (Node | string)[] {
  if (!isSpeech) return ['no speech recognised'];
  return words.flatMap(({ text, confidence }, i) => {
    const title = `${formatPercent(confidence, 0)} likely to be right`;
    const word = confidence < UNSURE ? element('mark', { class: 'unsure', title }, text) : text;
    return i === 0 ? [word] : [' ', word];
  });
}

function trust({ isSpeech, confidence, words }: Transcript): string {
  if (!isSpeech) return words.length > 0 ? `${TOO_UNSURE}.` : '';
  const share = `${formatPercent(confidence, 0)} of the words can be expected to be right`;
  if (confidence < UNSURE) return `Only ${share}: ${TRUST}.`;
  const unsure = words.filter((word) => word.confidence < UNSURE).length;
  return unsure === 0 ? `${share}.` : `${share}; the unsure ones are marked.`;
}

/** The models know no capitals: what was said is compared as they would spell it. */
function score(said: string, transcript: string): string {
  const rate = errorRate([characterErrors(decodeTokens(encodeText(said)), transcript)]);
  return `Character error rate ${formatPercent(rate, 0)}.`;
}
