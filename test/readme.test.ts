import { execFile } from 'node:child_process';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

/** The examples of the README: each is compiled as strictly as a user may, runs, and prints something. */

const root = resolve(import.meta.dirname, '../..');
// Below the repository's root, so that hw2-engine and the compiler are found as in a project.
const folder = join(root, 'build', 'readme');
const run = promisify(execFile);

const readme = await readFile(join(root, 'README.md'), 'utf8');
const blocks = [...readme.matchAll(/```ts\n(.*?)```/gs)].map(([, code]) => code!);

/** A program of its own: what makes no engine goes on from the first example. */
function program(block: string): string {
  if (block.includes('createEngine(')) return block;
  const first = blocks[0]!;
  const known = /import \{ (.*?) \}/.exec(first)![1]!.split(', ');
  const ownImports = block.replace(/import \{ (.*?) \}/, (_, names: string) => {
    return `import { ${names
      .split(', ')
      .filter((name) => !known.includes(name))
      .join(', ')} }`;
  });
  return `${first}\n{}\n${ownImports}\nawait engine.dispose();\n`;
}

const test = suite('the examples of the README');
test.before(async () => {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const compilerOptions = {
    ...{ module: 'nodenext', target: 'es2022', strict: true, noUnusedLocals: true },
    ...{ types: ['node'], lib: ['es2022', 'dom'], outDir: 'out', rootDir: '.' },
  };
  await writeFile(join(folder, 'package.json'), '{ "type": "module" }');
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['*.ts'] }));
  for (const [i, block] of blocks.entries()) await writeFile(join(folder, `example${i}.ts`), program(block));
});

test('they compile', async () => {
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  await run(process.execPath, [tsc, '-p', folder]).catch(({ stdout }) => assert.unreachable(stdout));
});

for (const i of blocks.keys())
  test(`example ${i + 1} runs`, async () => {
    const { stdout } = await run(process.execPath, [join(folder, 'out', `example${i}.js`)]);
    assert.match(stdout, /\d/);
  });

test.run();
