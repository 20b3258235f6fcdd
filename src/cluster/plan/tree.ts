/** Trees over a row of leaves: what is merged with what depends on their number alone, so results have the same bits. */

/** A node that covers the leaves from `first` up to, not with, `end`; leaves have no children. */
export interface Subtree {
  first: number;
  end: number;
  children: Subtree[];
}

/** A tree with `fanIn` children a node; a node with one child is that child. */
export function tree(leaves: number, fanIn: number): Subtree {
  let level: Subtree[] = Array.from({ length: leaves }, (_, i) => ({ first: i, end: i + 1, children: [] }));
  while (level.length > 1) {
    const above: Subtree[] = [];
    for (let i = 0; i < level.length; i += fanIn) {
      const children = level.slice(i, i + fanIn);
      const [only] = children;
      above.push(children.length === 1 ? only! : { first: only!.first, end: children.at(-1)!.end, children });
    }
    level = above;
  }
  return level[0]!;
}

/** The fewest nodes of a tree that together cover the leaves before `end`, from left to right. */
export function coverBefore(root: Subtree, end: number): Subtree[] {
  if (root.first >= end) return [];
  if (root.end <= end) return [root];
  return root.children.flatMap((child) => coverBefore(child, end));
}
