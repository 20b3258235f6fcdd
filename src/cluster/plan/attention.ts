import type { Stage, Task } from '../task.js';
import { numbered } from './parts.js';
import { coverBefore, type Subtree, tree } from './tree.js';

/** Attention over shards: what is asked for, without where it runs. */
export interface AttentionRun {
  method: 'exact' | 'taylor';
  /** Taylor: order of the series, 1 to 4. */
  order: number;
  isCausal: boolean;
  /** Taylor, dense: subtract the mean of all keys, as a single call does. */
  subtractMeanKey: boolean;
  /** Where the shards lie: the folder of their manifest in the store. */
  shards: string;
  /** Write output shards; otherwise only their checksums. */
  keepOutput: boolean;
  /**
   * Exact: shards of keys that one task takes for its shard of queries. Fewer than all make parts, each as large as the
   * output of the shard, for more workers than there are shards.
   */
  keyShards?: number;
}

/** States that one merge adds. More make fewer files, and longer tasks that cannot be divided. */
const FAN_IN = 16;

/**
 * The tasks of attention over shards of so many `tokens`, with outputs below `folder`.
 *
 * - Linear, dense: the mean key; a state a shard, merged in a tree; then each shard of queries against the root.
 * - Linear, causal: a state a shard, merged in a binary tree; shard i begins from the at most log₂ n nodes that cover
 *   everything before it.
 * - Exact: each shard of queries against all keys, or against blocks of them, merged by the logarithms of their
 *   denominators.
 */
export function attentionStages(run: AttentionRun, tokens: readonly number[], folder: string): Stage[] {
  if (run.method === 'exact') return [exactStage(run, tokens.length, folder)];
  if (run.isCausal) return causalStages(run, tokens.length, folder);
  return denseStages(run, tokens, folder);
}

const indices = (count: number) => Array.from({ length: count }, (_, i) => i);
const outputName = (folder: string, shard: number, keep: boolean) =>
  `${folder}/output/${numbered(shard)}.${keep ? 'npy' : 'json'}`;
const rangeOf = ({ first, end }: { first: number; end: number }) => `${numbered(first)}-${numbered(end)}`;

function denseStages(run: AttentionRun, tokens: readonly number[], folder: string): Stage[] {
  const { shards, keepOutput } = run;
  const count = tokens.length;
  const meanKey = `${folder}/mean-key.npy`;
  const root = tree(count, FAN_IN);
  const states = stateTask(run, root, folder, run.subtractMeanKey ? meanKey : undefined);
  const queries = indices(count).map(
    (shard): Task => ({
      name: `query-${numbered(shard)}`,
      input: { kind: 'query', shards, shard, state: states.output, keepOutput },
      output: outputName(folder, shard, keepOutput),
      children: [],
    }),
  );
  return [...(run.subtractMeanKey ? [[meanKeyTask(run, tokens, folder, meanKey)]] : []), [states], queries];
}

function meanKeyTask(
  { shards }: AttentionRun,
  tokens: readonly number[],
  folder: string,
  output: string,
): Task {
  const children = tokens.map(
    (_, shard): Task => ({
      name: `shard-mean-${numbered(shard)}`,
      input: { kind: 'shard-mean', shards, shard },
      output: `${folder}/mean/${numbered(shard)}.npy`,
      children: [],
    }),
  );
  const means = children.map((child, shard) => ({ name: child.output, tokens: tokens[shard]! }));
  return { name: 'mean-key', input: { kind: 'mean-key', means }, output, children };
}

/** The task of a node: a state of a shard, or the merge of its children. */
function stateTask(run: AttentionRun, node: Subtree, folder: string, meanKey?: string): Task {
  const { shards, order, isCausal } = run;
  const children = node.children.map((child) => stateTask(run, child, folder, meanKey));
  const input =
    children.length === 0
      ? { kind: 'state' as const, shards, shard: node.first, order, isCausal, ...(meanKey && { meanKey }) }
      : { kind: 'merge' as const, states: children.map((child) => child.output) };
  return { name: `state-${rangeOf(node)}`, input, output: stateName(folder, node), children };
}

const stateName = (folder: string, node: Subtree) => `${folder}/state/${rangeOf(node)}.hw2s`;

function causalStages(run: AttentionRun, count: number, folder: string): Stage[] {
  const { shards, order, keepOutput } = run;
  const root = tree(count, 2);
  const covers = indices(count).map((shard) => coverBefore(root, shard));
  // The nodes that something begins from, without those below others: a tree's task brings its children along.
  const needed = new Set(covers.flat());
  const roots = [...needed].filter((node) => ![...needed].some((other) => other.children.includes(node)));
  const below = (node: Subtree): Subtree[] => node.children.flatMap((child) => [child, ...below(child)]);
  const covered = new Set(roots.flatMap(below));
  const states = roots.filter((node) => !covered.has(node)).map((node) => stateTask(run, node, folder));
  const attended = covers.map(
    (before, shard): Task => ({
      name: `causal-${numbered(shard)}`,
      input: {
        kind: 'causal',
        shards,
        shard,
        order,
        before: before.map((node) => stateName(folder, node)),
        keepOutput,
      },
      output: outputName(folder, shard, keepOutput),
      children: [],
    }),
  );
  return states.length > 0 ? [states, attended] : [attended];
}

function exactStage(run: AttentionRun, count: number, folder: string): Stage {
  const { shards, isCausal, keepOutput, keyShards = count } = run;
  return indices(count).map((queries): Task => {
    const visible = indices(isCausal ? queries + 1 : count);
    const blocks = indices(Math.ceil(visible.length / keyShards)).map((block) =>
      visible.slice(block * keyShards, (block + 1) * keyShards),
    );
    if (blocks.length === 1) {
      return {
        name: `exact-${numbered(queries)}`,
        input: { kind: 'exact', shards, queries, keys: visible, isCausal, keepOutput },
        output: outputName(folder, queries, keepOutput),
        children: [],
      };
    }
    const children = blocks.map((keys): Task => {
      const place = `${numbered(queries)}-${rangeOf({ first: keys[0]!, end: keys.at(-1)! + 1 })}`;
      return {
        name: `partial-${place}`,
        input: { kind: 'partial', shards, queries, keys, isCausal },
        output: `${folder}/partial/${place}.safetensors`,
        children: [],
      };
    });
    const partials = children.map((child) => child.output);
    return {
      name: `combine-${numbered(queries)}`,
      input: { kind: 'combine', partials, keepOutput },
      output: outputName(folder, queries, keepOutput),
      children,
    };
  });
}
