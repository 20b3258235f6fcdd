/** Tables in documents that records write, between the comments `<!-- NAME -->` and `<!-- /NAME -->`. */

/** A page with a text between two markers; the second repeats the first word of the name alone. Nothing else changes. */
export function between(page: string, name: string, text: string, file: string): string {
  const end = `<!-- /${name.split(' ')[0]} -->`;
  const marked = new RegExp(`(<!-- ${name} -->\\n).*?(\\n${end})`, 's');
  if (!marked.test(page)) throw new Error(`${file}: the markers <!-- ${name} --> and ${end} are missing`);
  return page.replace(marked, (_, before: string, after: string) => `${before}${text}${after}`);
}

/** A table in Markdown. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), `|${'---|'.repeat(head.length)}`, ...rows.map(line)].join('\n');
}
