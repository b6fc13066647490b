/** The switches of the local origin: what can go wrong with a server, on purpose. */
import type { DemoOrigin } from '../lab/demo-origin.ts'
import { faults, speeds, type Fault } from '../lab/faults.ts'
import { samples } from '../lab/samples.ts'
import { find, make, messageOf, write } from './dom.ts'

export function showFaults(origin: DemoOrigin): void {
  const form = find('faults', HTMLFormElement)
  const file = find('fault-file', HTMLSelectElement)
  const pace = find('fault-speed', HTMLSelectElement)
  const seconds = find('fault-seconds', HTMLInputElement)
  const said = find('fault-said', HTMLParagraphElement)
  file.append(make('option', { value: '' }, 'all files'), ...samples.map(({ name }) => make('option', {}, name)))
  pace.append(...speeds.map(([label], index) => make('option', { value: String(index) }, label)))

  for (const button of form.querySelectorAll<HTMLButtonElement>('button[data-fault]')) {
    button.addEventListener('click', () => {
      const fault = faults[button.dataset['fault'] as Fault]
      const names = file.value === '' ? samples.map(({ name }) => name) : [file.value]
      const choice = { names, speed: speeds[Number(pace.value)]?.[1], seconds: seconds.valueAsNumber || 10 }
      fault(origin.remote, choice).then(
        (text) => write(said, text),
        (error: unknown) => write(said, `The origin did not take it: ${messageOf(error)}`),
      )
    })
  }
  form.addEventListener('submit', (event) => event.preventDefault())
  find('faults-card', HTMLElement).hidden = false
}
