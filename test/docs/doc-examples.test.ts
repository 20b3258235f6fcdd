/**
 * The examples in the docstrings of hw2-engine: each is compiled as strictly as a user may, and runs; where a line ends with
 * `// → value`, that is what it gives.
 */
import { execFile } from 'node:child_process';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import * as hw2 from 'hw2-engine';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

const root = resolve(import.meta.dirname, '../../..');
const source = join(root, 'src', 'engine');
// Below the repository's root, so that hw2-engine and the compiler are found as in a project.
const folder = join(root, 'build', 'doc-examples');
const run = promisify(execFile);

/** What the examples take as given. */
const GIVEN = `import { createEngine, type Tensor } from 'hw2-engine';
export const engine = await createEngine();
const tensor = (...dims: number[]): Tensor => ({
  data: Float32Array.from({ length: dims.reduce((a, b) => a * b) }, (_, i) => Math.sin(i) / 12),
  dims,
});
export const [q, k, v] = [tensor(1, 8, 16, 64), tensor(1, 8, 16, 64), tensor(1, 8, 16, 64)];
export const query = tensor(1, 9, 16 * 128);
export const [key, value] = [tensor(1, 9, 4 * 128), tensor(1, 9, 4 * 128)];
export const [decay, beta] = [tensor(1, 9, 4), tensor(1, 9, 4)];
export const [input, weight, bias] = [tensor(1, 4096, 9), tensor(4096, 1, 4), tensor(4096)];
`;
const given = [...GIVEN.matchAll(/export const \[?([\w, ]+)/g)].flatMap(([, names]) =>
  names!.trim().split(', '),
);

/** Each exported function and class with the code of its example, or nothing. */
async function readExamples(): Promise<Map<string, string | undefined>> {
  const examples = new Map<string, string | undefined>();
  for (const path of await readdir(source, { recursive: true })) {
    if (!path.endsWith('.ts') || /^(dist|embedded|node_modules)\b/.test(path)) continue;
    const text = await readFile(join(source, path), 'utf8');
    const documented =
      /\/\*\*((?:(?!\*\/).)*)\*\/\nexport (?:async |abstract )?(?:function\*?|class|const) (\w+)/gs;
    for (const [, comment, name] of text.matchAll(documented)) {
      const code = /@example\n(.*)/s.exec(comment!)?.[1];
      examples.set(name!, code?.replace(/^ *\* ?/gm, '').trim());
    }
  }
  return examples;
}

function program(code: string): string {
  const words = new Set(code.match(/\w+/g));
  const declares = (name: string) => new RegExp(`const ${name}\\b`).test(code);
  const used = (names: readonly string[]) =>
    names.filter((name) => words.has(name) && !declares(name)).join(', ');
  const checked = code.replace(/^(.*); \/\/ → (.*)$/gm, 'assert.deepEqual($1, $2);');
  return `import assert from 'node:assert/strict';
import { ${used(Object.keys(hw2))} } from 'hw2-engine';
import { ${used(given)} } from './given.js';
${checked}
`;
}

const examples = await readExamples();
const test = suite('the examples in the docstrings of hw2-engine');

test('every function and every class has one', () => {
  const functions = Object.entries(hw2).flatMap(([name, value]) =>
    typeof value === 'function' ? [name] : [],
  );
  const states = ['Engine', 'KeyValueCache', 'LinearAttentionState', 'RecurrentState', 'ConvolutionState'];
  const without = [...functions, ...states].filter((name) => !examples.get(name));
  assert.equal(without, []);
});

test('they compile, and run', async () => {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const compilerOptions = {
    ...{ module: 'nodenext', target: 'es2022', strict: true, types: ['node'], lib: ['es2022', 'dom'] },
    ...{ outDir: 'out', rootDir: '.' },
  };
  await writeFile(join(folder, 'package.json'), '{ "type": "module" }');
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['*.ts'] }));
  await writeFile(join(folder, 'given.ts'), GIVEN);
  const names = [...examples].flatMap(([name, code]) => (code ? [name] : []));
  for (const name of names) await writeFile(join(folder, `${name}.ts`), program(examples.get(name)!));
  const all = names.map((name) => `console.log('${name}');\nawait import('./${name}.js');\n`);
  await writeFile(join(folder, 'all.ts'), `${all.join('')}process.exit();\nexport {};\n`);
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  await run(process.execPath, [tsc, '-p', folder]).catch(({ stdout }) => assert.unreachable(stdout));
  await run(process.execPath, [join(folder, 'out', 'all.js')]).catch(({ stdout, stderr }) =>
    assert.unreachable(`${stdout.trim().split('\n').at(-1)}: ${stderr}`),
  );
});

test.run();
