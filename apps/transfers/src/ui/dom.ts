/** Making and finding elements, with types. */

/** An element with properties set and children appended. */
export function make<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  properties: Partial<HTMLElementTagNameMap[Tag]> = {},
  ...children: (Node | string)[]
): HTMLElementTagNameMap[Tag] {
  const element = Object.assign(document.createElement(tag), properties)
  element.append(...children)
  return element
}

/** The element with this id, which the page has. */
export function find<Kind extends Element>(id: string, kind: new () => Kind): Kind {
  const element = document.getElementById(id)
  if (!(element instanceof kind)) throw new Error(`index.html has no ${kind.name} #${id}`)
  return element
}

/** Sets text only where it differs, so that nothing is read out or selected anew for nothing. */
export function write(element: Element, text: string): void {
  if (element.textContent !== text) element.textContent = text
}

/** An error in words for the person in front of the page. */
export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
