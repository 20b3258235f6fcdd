/** A store whose disk is full in the middle of a run; needs the right to mount, and is skipped, and said, without it. */
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { enlargeDisk, hw2, mountSmallDisk, outputsOf, succeed, temporaryFolder } from './servers.js';

const folder = temporaryFolder('disk');
const disk = join(folder, 'disk');
mkdirSync(disk);

/** Room for the states, but not for all outputs. */
const SMALL = 1_000_000;

function mounted(): (() => void) | undefined {
  try {
    return mountSmallDisk(disk, SMALL);
  } catch {
    console.log('skipped: a small disk cannot be mounted here');
    return undefined;
  }
}
const unmount = mounted();

(unmount ? test : test.skip)(
  'a full disk fails the run in one line; with room, it goes on and gives the same',
  async () => {
    const run = (store: string) => ['cluster', 'run', 'attention', '--store', store, '--run', 'r'];
    try {
      for (const store of [disk, join(folder, 'roomy')])
        await succeed([
          'shard',
          '--random',
          '--L',
          '20000',
          '--D',
          '32',
          '--shard',
          '2000',
          '--store',
          store,
        ]);
      const { code, stderr } = await hw2(...run(disk));
      assert.is(code, 1);
      assert.match(stderr, /^error: .*cannot be written \(the disk is full\)$/m);
      enlargeDisk(disk, 100 * SMALL);
      await succeed(run(disk));
      await succeed(run(join(folder, 'roomy')));
      assert.equal(outputsOf(disk, 'r'), outputsOf(join(folder, 'roomy'), 'r'));
    } finally {
      unmount!();
      rmSync(folder, { recursive: true, force: true });
    }
  },
);

test.run();
