import type { Command } from 'commander';
import { register as registerAttention } from './attention.js';
import { register as registerBench } from './bench.js';
import { register as registerImages } from './images.js';
import { register as registerQueue } from './queue.js';
import { register as registerSpeech } from './speech.js';
import { register as registerWorker } from './worker.js';

export function define(cluster: Command): void {
  cluster.addHelpText(
    'before',
    `Examples:
  hw2 shard --random --L 1048576 --D 32      a sequence to try it on
  hw2 cluster run attention --causal         on this machine, without a server
  hw2 cluster worker --queue redis://host    on every machine that computes
  hw2 cluster run attention --queue redis://host --store /shared/night
  hw2 cluster run train-cnn --data /shared/scans.npz --queue redis://host
`,
  );
  const run = cluster
    .command('run')
    .description('Compute something that outgrows one call.')
    .addHelpText(
      'before',
      'Examples:\n  hw2 cluster run attention --causal\n  hw2 cluster run train-cnn --data octmnist\n',
    );
  registerAttention(run);
  registerImages(run);
  registerSpeech(run);
  registerBench(run);
  registerWorker(cluster);
  registerQueue(cluster);
}
