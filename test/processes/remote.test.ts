import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Remote } from '#hw2/processes/remote.js';

const test = suite<{ folder: string }>('processes that answer');
test.before(async (context) => {
  context.folder = await mkdtemp(join(tmpdir(), 'hw2-'));
});
test.after(({ folder }) => rm(folder, { recursive: true }));

test('a signal ends a process that computes, whatever it has written before', async ({ folder }) => {
  const program = join(folder, 'program.mjs');
  await writeFile(
    program,
    `import { answerQuestions } from ${JSON.stringify(import.meta.resolve('#hw2/processes/answer.js'))};
    import { writeWhole } from ${JSON.stringify(import.meta.resolve('#hw2/data/write.js'))};
    answerQuestions(async (path) => {
      // Who listens hears of a signal only when there is nothing more to compute.
      const listeners = process.listenerCount('SIGTERM');
      await writeWhole(path, 'small');
      return listeners;
    });`,
  );
  const remote = new Remote<string, never, number>(pathToFileURL(program), 'a computing process');
  const listeners: number[] = [];
  for (let i = 0; i < 20; i++) listeners.push(await remote.ask(join(folder, 'file')));
  await remote.close();
  assert.equal(listeners, new Array(20).fill(0));
});

test.run();
