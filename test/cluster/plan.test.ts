import * as fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { quickPlan } from '#hw2/bench/plan.js';
import { type AttentionRun, attentionStages } from '#hw2/cluster/plan/attention.js';
import { benchStages } from '#hw2/cluster/plan/bench.js';
import { evalCnnStages, trainCnnStages } from '#hw2/cluster/plan/images.js';
import { evalAsrStages } from '#hw2/cluster/plan/speech.js';
import { coverBefore, type Subtree, tree } from '#hw2/cluster/plan/tree.js';
import { flatten, type Stage } from '#hw2/cluster/task.js';
import { reportOptions } from '#hw2/vision/training.js';

const run: AttentionRun = {
  ...{ method: 'taylor', order: 2, isCausal: false, subtractMeanKey: true },
  ...{ shards: 'shards', keepOutput: true, keyShards: 4 },
};
const stagesOf = (changes: Partial<AttentionRun>, shards: number) =>
  attentionStages({ ...run, ...changes }, new Array(shards).fill(8), 'runs/a');

const leaves = (node: Subtree): number =>
  node.children.length === 0
    ? node.end - node.first
    : node.children.reduce((sum, child) => sum + leaves(child), 0);

test('a tree covers every leaf once, in order, with at most fan-in children a node', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 400 }), fc.integer({ min: 2, max: 17 }), (count, fanIn) => {
      const root = tree(count, fanIn);
      assert.equal([root.first, root.end, leaves(root)], [0, count, count]);
      const check = (node: Subtree): void => {
        assert.ok(node.children.length <= fanIn && node.children.length !== 1);
        let next = node.first;
        for (const child of node.children) {
          assert.is(child.first, next);
          next = child.end;
          check(child);
        }
        if (node.children.length > 0) assert.is(next, node.end);
      };
      check(root);
    }),
  );
});

test('what comes before a leaf is covered by at most log₂ n nodes of a binary tree, without gap or overlap', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 600 }), fc.nat(), (count, at) => {
      const end = at % count;
      const cover = coverBefore(tree(count, 2), end);
      assert.ok(cover.length <= Math.ceil(Math.log2(count)) || count === 1);
      let next = 0;
      for (const node of cover) {
        assert.is(node.first, next);
        next = node.end;
      }
      assert.is(next, end);
    }),
  );
});

/** Every name that a task reads, by the fields of its input. */
function reads(stage: Stage): string[] {
  return flatten(stage).flatMap(({ input }) => {
    if (input.kind === 'mean-key') return input.means.map(({ name }) => name);
    if (input.kind === 'state') return input.meanKey ? [input.meanKey] : [];
    if (input.kind === 'merge') return input.states;
    if (input.kind === 'query') return [input.state];
    if (input.kind === 'causal') return input.before;
    if (input.kind === 'combine') return input.partials;
    return [];
  });
}

for (const changes of [
  {},
  { subtractMeanKey: false },
  { isCausal: true },
  { method: 'exact' as const },
  { method: 'exact' as const, isCausal: true },
]) {
  test(`every task reads what was written before it: ${JSON.stringify(changes)}`, () => {
    for (const shards of [1, 2, 3, 15, 16, 17, 33, 64]) {
      const stages = stagesOf(changes, shards);
      const written = new Set<string>();
      const names = new Set<string>();
      for (const stage of stages) {
        for (const task of flatten(stage)) {
          for (const name of reads([{ ...task, children: [] }]))
            assert.ok(written.has(name), `${task.name}: ${name}`);
          assert.not.ok(written.has(task.output), `two tasks write ${task.output}`);
          assert.not.ok(names.has(task.name), `two tasks are called ${task.name}`);
          assert.match(task.name, /^[a-z][a-z0-9-]*$/);
          written.add(task.output);
          names.add(task.name);
        }
      }
      assert.is(stages.at(-1)!.length, shards);
    }
  });
}

test('every state that is computed is read', () => {
  for (const shards of [2, 5, 16, 17, 31]) {
    const stages = stagesOf({ isCausal: true }, shards);
    const read = new Set(stages.flatMap(reads));
    for (const { output } of flatten(stages[0]!)) assert.ok(read.has(output), output);
  }
});

test('exact attention pairs every shard of queries with every shard of keys once, later ones left out where causal', () => {
  for (const isCausal of [false, true]) {
    const seen = new Map<string, number>();
    for (const { input } of flatten(stagesOf({ method: 'exact', isCausal, keyShards: 3 }, 7)[0]!)) {
      if (input.kind !== 'partial' && input.kind !== 'exact') continue;
      for (const key of input.keys)
        seen.set(`${input.queries} ${key}`, (seen.get(`${input.queries} ${key}`) ?? 0) + 1);
    }
    for (let query = 0; query < 7; query++) {
      for (let key = 0; key < 7; key++)
        assert.is(seen.get(`${query} ${key}`), isCausal && key > query ? undefined : 1, `${query} ${key}`);
    }
  }
});

test('exact attention writes nothing but its outputs, unless keys are divided among tasks', () => {
  const { keyShards: _, ...whole } = run;
  const [stage] = attentionStages({ ...whole, method: 'exact' }, new Array(7).fill(8), 'runs/a');
  assert.equal(
    stage!.map(({ input, children }) => [input.kind, children.length]),
    new Array(7).fill(['exact', 0]),
  );
});

test('sweeps and evaluations: every task has a name of its own, and the parts are the whole', () => {
  const evaluation = {
    data: 'd',
    split: 'test',
    protocol: 'medmnist',
    models: ['a', 'b'],
    images: 2500,
  } as const;
  const options = { ...reportOptions, learningRate: 0.01 };
  const stages = [
    ...trainCnnStages({ data: 'd', configurations: [options, { ...options, learningRate: 0.1 }] }, 'runs/a'),
    ...evalCnnStages({ ...evaluation, models: [...evaluation.models] }, 'runs/a'),
    ...evalAsrStages({ data: 'd', models: ['a', 'b'], beam: 1, clips: 52 }, 'runs/b'),
    ...benchStages({ plan: quickPlan('relaxed', 2, 'none') }, 'runs/c'),
  ];
  for (const stage of stages) {
    const names = flatten(stage).map(({ name }) => name);
    assert.is(new Set(names).size, names.length);
    for (const name of names) assert.match(name, /^[a-z][a-z0-9-]*$/);
    assert.is(new Set(stage.map(({ output }) => output)).size, stage.length);
  }
  for (const [inputs, count] of [
    [stages[1]!.map(({ input }) => input), 2500],
    [stages[2]!.map(({ input }) => input), 52],
  ] as const) {
    for (const model of ['a', 'b']) {
      let next = 0;
      for (const input of inputs) {
        if (!('first' in input) || input.model !== model) continue;
        assert.is(input.first, next);
        next = input.end;
      }
      assert.is(next, count);
    }
  }
});

test.run();
