/**
 * Owns the XML that S3 speaks: elements and text, read without a DOM (workers and Node have none) and within bounds. What S3 never
 * sends (document types, entities of one's own) is refused, so that a hostile answer can neither grow nor ask for anything.
 */

/** An element, by its name without a prefix. */
export interface Element {
  readonly name: string
  /** Its own text, without that of its children. */
  readonly text: string
  readonly children: readonly Element[]
}

interface Open {
  readonly tag: string
  readonly name: string
  text: string
  readonly children: Element[]
}

/** Characters. A thousand parts, which is a page of ListParts, are about a twentieth of it. */
const LONGEST = 4_194_304
const DEEPEST = 16

const TOKEN =
  /<!--[^]*?-->|<\?[^]*?\?>|<!\[CDATA\[([^]*?)\]\]>|<(\/?)([A-Za-z_][\w:.-]*)(?:\s+[\w:.-]+\s*=\s*(?:"[^"<]*"|'[^'<]*'))*\s*(\/?)>|([^<]+)/y

/** The root of a document, or null where it is none. */
export function readXML(source: string): Element | null {
  if (source.length > LONGEST) return null
  const document: Open = { tag: '', name: '', text: '', children: [] }
  const open: Open[] = [document]
  // A regular expression that is sticky keeps its place: each reading needs one of its own.
  const token = new RegExp(TOKEN)
  while (token.lastIndex < source.length) {
    const match = token.exec(source)
    const parent = open.at(-1)
    if (!match || !parent) return null
    const [, data, closing, tag, empty, text] = match
    if (tag === undefined) parent.text += data ?? decoded(text ?? '')
    else if (closing) {
      if (parent.tag !== tag || parent === document) return null
      open.pop()
    } else {
      const element: Open = { tag, name: tag.slice(tag.indexOf(':') + 1), text: '', children: [] }
      parent.children.push(element)
      if (!empty) open.push(element)
      if (open.length > DEEPEST) return null
    }
  }
  const [root, ...more] = document.children
  return root && more.length === 0 && open.length === 1 && document.text.trim() === '' ? root : null
}

/** The text of the first child of that name, or null. */
export const childText = (element: Element, name: string): string | null =>
  element.children.find((child) => child.name === name)?.text.trim() ?? null

/** Text as it may stand in an element. */
export const escapeXML = (text: string): string =>
  text.replace(/[&<>"']/g, (character) => `&#${String(character.charCodeAt(0))};`)

const NAMED: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }

function decoded(text: string): string {
  return text.replace(
    /&(?:#(\d{1,7})|#x([\da-fA-F]{1,6})|(amp|lt|gt|quot|apos));/g,
    (whole, decimal: string | undefined, hexadecimal: string | undefined, name: string | undefined) => {
      if (name !== undefined) return NAMED[name] ?? whole
      const point = decimal === undefined ? Number.parseInt(hexadecimal ?? '', 16) : Number(decimal)
      return point <= 0x10_ff_ff ? String.fromCodePoint(point) : whole
    },
  )
}
