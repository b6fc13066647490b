/** Owns text as it streams in: bytes to lines, whatever the pieces they come in. */

/** What ends a line. A CR may be the first half of a CRLF whose LF comes with the next piece. */
const ENDS = /\r\n|\n|\r/g

/**
 * The lines of a UTF-8 text, without what ends them: LF, CR or CRLF. Blank lines are kept, a byte order mark is not. A last line
 * without an end is a line too; nothing comes after the end of the last one. Bytes that are no UTF-8 become U+FFFD (WHATWG Encoding).
 *
 * A line is given out as soon as its end is there, and nothing is read ahead of it. One line is held in memory whole, however long.
 * @throws what `bytes` throws; a line that was not complete by then is lost.
 */
export async function* linesOf(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<string, void, undefined> {
  const decoder = new TextDecoder()
  // Put together only when the line ends: a long one in small pieces would else be copied with each of them.
  const begun: string[] = []
  let afterReturn = false
  for await (const chunk of bytes) {
    const text = decoder.decode(chunk, { stream: true })
    if (text === '') continue
    let start = afterReturn && text.startsWith('\n') ? 1 : 0
    afterReturn = text.endsWith('\r')
    for (const { 0: end, index } of text.matchAll(ENDS)) {
      if (index < start) continue
      begun.push(text.slice(start, index))
      start = index + end.length
      yield begun.splice(0).join('')
    }
    if (start < text.length) begun.push(text.slice(start))
  }
  const last = begun.join('') + decoder.decode()
  if (last !== '') yield last
}
