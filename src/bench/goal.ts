/**
 * A figure in a table of goals, judged as it is shown: bold where it falls short of its goal, a dash where it was not measured.
 */
export function shownAgainst(isMet: (figure: number) => boolean, figure: number | undefined): string {
  if (figure === undefined) return '–';
  const shown = figure.toFixed(2);
  return isMet(Number(shown)) ? shown : `**${shown}**`;
}
