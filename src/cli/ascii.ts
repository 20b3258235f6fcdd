/** Text for terminals that show nothing but ASCII. */

const ASCII: Record<string, string> = {
  ...{
    '×': 'x',
    '·': '*',
    '−': '-',
    '–': '-',
    '—': '-',
    '±': '+-',
    '≈': '~',
    '≤': '<=',
    '≥': '>=',
    '√': 'sqrt',
    '∑': 'sum',
  },
  ...{
    '’': "'",
    '‘': "'",
    '“': '"',
    '”': '"',
    '…': '...',
    µ: 'u',
    σ: 'sigma',
    η: 'eta',
    φ: 'phi',
    '→': '->',
    '←': '<-',
  },
  ...{
    '²': '^2',
    '³': '^3',
    ᵖ: '^p',
    '½': '1/2',
    '\u00a0': ' ',
    '\u202f': ' ',
    ä: 'ae',
    ö: 'oe',
    ü: 'ue',
    ã: 'a',
    é: 'e',
  },
  ...{
    '─': '-',
    '━': '-',
    '│': '|',
    '┤': '+',
    '┼': '+',
    '┬': '+',
    '┴': '+',
    '├': '+',
    '└': '+',
    '┌': '+',
    '┐': '+',
    '┘': '+',
  },
  ...{
    '█': '#',
    '░': '.',
    '■': '#',
    '▌': '|',
    '●': 'o',
    '◆': '&',
    '○': '@',
    '▲': '^',
    '□': '%',
    '△': 'A',
    '◇': '$',
    '▼': 'v',
    '▽': 'V',
    '▶': '>',
    '┈': '-',
    '✓': 'v',
  },
};

/**
 * Whether the terminal shows ASCII alone: its locale is C or POSIX, or it is dumb and no locale says that it knows UTF-8.
 *
 * @param env of the process
 */
export function isAsciiOnly({ LC_ALL, LC_CTYPE, LANG, TERM }: NodeJS.ProcessEnv): boolean {
  const locale = LC_ALL || LC_CTYPE || LANG || '';
  if (/utf-?8/i.test(locale)) return false;
  return locale === 'C' || locale === 'POSIX' || TERM === 'dumb';
}

/** The text in ASCII; what has no like there is a question mark. */
export function toAscii(text: string): string {
  return text.replaceAll(/\P{ASCII}/gu, (character) => ASCII[character] ?? '?');
}

const asciiOnly = isAsciiOnly(process.env);

/** The text as this terminal can show it. */
export const legible = (text: string): string => (asciiOnly ? toAscii(text) : text);
