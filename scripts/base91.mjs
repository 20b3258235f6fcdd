/** Two digits for 13 bits, see src/engine/runtime/embedded.ts; the last character is how many whole bytes of zeros fill the last 13. */
export function base91(bytes) {
  const character = (digit) => String.fromCharCode(34 + digit + (digit > 4) + (digit > 56));
  const pairs = Math.ceil((8 * bytes.length) / 13);
  const surplus = Math.floor((13 * pairs) / 8) - bytes.length;
  let text = '';
  let [bits, held, at] = [0, 0, 0];
  for (let pair = 0; pair < pairs; pair++) {
    for (; held < 13; held += 8) bits = (bits << 8) | (bytes[at++] ?? 0);
    held -= 13;
    const value = (bits >> held) & 8191;
    text += character(Math.floor(value / 91)) + character(value % 91);
  }
  return text + surplus;
}
