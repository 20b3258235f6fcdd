/** Speech that recognizers were trained or validated on, by the folder of the corpus: where it is from, and its licence. */
const SOURCES: Readonly<Record<string, string>> = {
  slt: 'synthetic: LJSpeech transcripts spoken by flite 2.2 (Carnegie Mellon University, BSD-style licence), voice *slt*',
  rhvoice:
    'synthetic: LJSpeech transcripts spoken by RHVoice 1.8 (LGPL-2.1+), voices *clb*, *slt*, *bdl*, built on CMU Arctic',
  lj: 'LJSpeech 1.1, Keith Ito and Linda Johnson, public domain: clips, and parts of them',
  reader: 'the 1,132 prompts of CMU Arctic, read by Kathleen, an American woman, CC0',
  libri:
    'LibriSpeech dev-clean, © 2014 Vassil Panayotov, CC BY 4.0, 16 of 20 readers: cut at pauses, re-encoded; case and punctuation of a half from LibriTTS, CC BY 4.0',
  sounds: 'noise and music made by scripts/other-sounds.ts',
};

/** The section of a card that names the sources of what `data` lists: folders as `CORPUS/NAME/…`. */
export function sourcesSection(data: string): string {
  const isNamed = (name: string) => new RegExp(`/${name}(/|[,; ]|$)`).test(data);
  const names = Object.keys(SOURCES).filter(isNamed);
  const lines = names.map((name) => `- **${name}**: ${SOURCES[name]}\n`);
  return `\n## Sources\n\n${lines.join('')}`;
}
