/** The form that takes an address, and says what is wrong with it. */
import type { Downloads } from '../downloads/downloads.ts'
import { find, messageOf, write } from './dom.ts'

export function setUpAddForm(downloads: Downloads): void {
  const form = find('add', HTMLFormElement)
  const url = find('add-url', HTMLInputElement)
  const integrity = find('add-integrity', HTMLInputElement)
  const error = find('add-error', HTMLParagraphElement)

  const complain = (field: HTMLInputElement | null, text: string): void => {
    for (const one of [url, integrity]) one.ariaInvalid = one === field ? 'true' : null
    write(error, text)
    field?.focus()
  }

  form.addEventListener('submit', (event) => {
    event.preventDefault()
    const address = url.value.trim()
    const digest = integrity.value.trim()
    if (address === '') return complain(url, 'Which file? Paste its address.')
    // The session would take it for a path on this site.
    if (!URL.canParse(address)) return complain(url, 'That is no whole address: it begins with https:// or http://.')
    try {
      downloads.add(address, digest === '' ? null : digest)
    } catch (thrown) {
      // Options are checked before the request goes anywhere; of ours only the digest can be wrong.
      return complain(thrown instanceof TypeError && digest !== '' ? integrity : url, messageOf(thrown))
    }
    form.reset()
    complain(null, '')
    url.focus()
  })
}
