/** The ready-made files, each with a button that downloads it. */
import type { Downloads } from '../downloads/downloads.ts'
import type { DemoOrigin } from '../lab/demo-origin.ts'
import { samples, type Sample } from '../lab/samples.ts'
import { bytes } from '../words.ts'
import { find, make, messageOf, write } from './dom.ts'

export function showSamples(origin: DemoOrigin, downloads: Downloads): void {
  find('samples', HTMLUListElement).replaceChildren(...samples.map((sample) => item(sample, origin, downloads)))
  find('samples-card', HTMLElement).hidden = false
}

function item(sample: Sample, origin: DemoOrigin, downloads: Downloads): HTMLLIElement {
  const { name, size, about } = sample
  const trouble = make('p', { className: 'error' })
  const button = make('button', { type: 'button', className: 'quiet', ariaLabel: `Download ${name}` }, 'Download')
  button.addEventListener('click', () => {
    write(trouble, '')
    add(sample, origin, downloads).catch((error: unknown) => write(trouble, messageOf(error)))
  })
  const title = make('p', { className: 'sample-name' }, make('b', {}, name), ' ', make('span', {}, bytes(size)))
  return make('li', {}, make('div', {}, title, make('p', { className: 'fine' }, about), trouble), button)
}

async function add({ name, integrity }: Sample, origin: DemoOrigin, downloads: Downloads): Promise<void> {
  downloads.add(origin.urlOf(name), integrity ? await origin.integrity(name) : null)
}
