import type { Command } from 'commander';

/** The commands in the order of the help. Each is defined in the folder of its name, which is loaded when it is needed. */
export const COMMANDS: Readonly<Record<string, string>> = {
  attention: 'Compute exact and linear attention and show time, memory and error.',
  'feature-map':
    'Show the Maclaurin feature map of exp: its size for every order, its monomials, and what it costs.',
  bench: 'Compare the kernels with native ONNX Runtime, and exact with linear attention.',
  'eval-cnn': 'Evaluate the convolutional network with and without max-pooling.',
  'train-cnn':
    'Train the convolutional network of question 2, choosing the learning rate on the validation set.',
  classify: 'Tell the class of PNG or JPEG images: the square in their middle, in grey, at 28×28 pixels.',
  'eval-asr': 'Evaluate the speech recognizers of question 3: LSTM decoder against attention decoder.',
  'train-asr': 'Train one of the speech recognizers of question 3.',
  transcribe: 'Write down what is said in WAV files: English, up to 97 characters and 20 seconds each.',
  report: 'Measure everything and write the report: one HTML file, with explanations.',
  web: 'Serve the page that computes attention, images and speech in a browser, until Ctrl-C.',
  shard: 'Cut q, k, v into shards along the sequence, for hw2 cluster.',
  cluster: 'Compute long sequences on the processes of one machine, or on workers of many.',
  data: 'List the data sets that hw2 knows, or fetch one.',
  info: 'Show what this machine offers: runtime, tiers, threads.',
  completion: 'Print a script that completes commands and options in a shell.',
};

/** Adds a command's arguments, examples and action to a command that has its name and description. */
export async function define(command: Command): Promise<void> {
  const folder: { define(command: Command): void } = await import(`./${command.name()}/command.js`);
  folder.define(command);
}
