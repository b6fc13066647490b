/** One row of the list: shows a description, keeps its elements and its focus while what they show changes. */
import type { Action, Description } from '../downloads/describe.ts'
import { progressAloud } from '../downloads/describe.ts'
import type { Verification } from '../verify/verifications.ts'
import { percent } from '../words.ts'
import { make, write } from './dom.ts'

export interface RowView extends Description {
  readonly name: string
  readonly url: string
  readonly verification: Verification | null
  readonly goesOn: boolean
}

const words: Readonly<Record<Action, string>> = {
  pause: 'Pause',
  resume: 'Resume',
  cancel: 'Cancel',
  allow: 'Let it be read',
  'go-on': 'Go on',
  forget: 'Remove',
  reload: 'Reload the page',
  save: 'Save to disk',
  verify: 'Verify',
  delete: 'Delete',
}

/** Actions that take each other's place share a button, which then keeps the focus. */
const places: Partial<Record<Action, string>> = {
  pause: 'run',
  resume: 'run',
  allow: 'run',
  'go-on': 'run',
  cancel: 'end',
  forget: 'end',
}

export class Row {
  readonly element: HTMLLIElement
  readonly #act: (action: Action) => void
  readonly #name = make('h3', { className: 'name' })
  readonly #source = make('p', { className: 'source fine' })
  readonly #state = make('span', { className: 'state' })
  readonly #bar = make('progress', { max: 1 })
  readonly #figures = make('p', { className: 'figures' })
  readonly #notice = make('p', { className: 'notice' })
  readonly #verdict = make('p', { className: 'verdict' })
  readonly #buttons = make('div', { className: 'actions' })

  constructor(act: (action: Action) => void) {
    this.#act = act
    const head = make(
      'div',
      { className: 'head' },
      make('div', { className: 'title' }, this.#name, this.#source),
      this.#state,
    )
    const foot = make('div', { className: 'foot' }, this.#figures, this.#buttons)
    this.element = make('li', { className: 'row card' }, head, this.#bar, foot, this.#notice, this.#verdict)
  }

  show(view: RowView): void {
    const { name, url, tone, state, figures, notice } = view
    this.element.dataset['tone'] = tone
    write(this.#name, name)
    this.#name.title = name
    write(this.#source, url)
    this.#source.title = url
    write(this.#state, state)
    write(this.#figures, figures.join(' · '))
    write(this.#notice, notice ?? '')
    this.#notice.hidden = notice === null
    this.#showBar(view)
    this.#showVerdict(view.verification)
    this.#showButtons(view)
  }

  /** Moves the focus into this row: to its first button, or to its name where it has none. */
  focus(): void {
    const target = this.#buttons.querySelector('button') ?? this.#name
    if (target === this.#name) this.#name.tabIndex = -1
    target.focus()
  }

  #showBar(view: RowView): void {
    const { fraction, name } = view
    this.#bar.hidden = fraction === undefined
    if (fraction === undefined) return
    if (fraction === null) this.#bar.removeAttribute('value')
    else this.#bar.value = fraction
    this.#bar.ariaLabel = `Progress of ${name}`
    this.#bar.setAttribute('aria-valuetext', progressAloud(view))
  }

  #showVerdict(verification: Verification | null): void {
    this.#verdict.hidden = verification === null
    if (!verification) return
    this.#verdict.dataset['verdict'] = verification.state
    const says =
      verification.state === 'checking' ? `Computing SHA-256: ${percent(verification.fraction)}` : verification.says
    write(this.#verdict, says)
  }

  #showButtons({ actions, name, goesOn, verification }: RowView): void {
    const before = [...this.#buttons.querySelectorAll('button')]
    const hadFocus = this.#buttons.contains(document.activeElement)
    const now = actions.map((action) => {
      const place = places[action] ?? action
      const button = before.find((one) => one.dataset['place'] === place) ?? this.#button(place)
      const word = action === 'go-on' && !goesOn ? 'Start again' : words[action]
      button.dataset['action'] = action
      write(button, word)
      button.ariaLabel = `${word} ${name}`
      button.ariaDisabled = action === 'verify' && verification?.state === 'checking' ? 'true' : null
      return button
    })
    if (now.length !== before.length || now.some((button, index) => button !== before[index]))
      this.#buttons.replaceChildren(...now)
    if (hadFocus && !this.#buttons.contains(document.activeElement)) this.focus()
  }

  #button(place: string): HTMLButtonElement {
    const button = make('button', { type: 'button', className: 'quiet' })
    button.dataset['place'] = place
    button.addEventListener('click', () => {
      if (button.ariaDisabled !== 'true') this.#act(button.dataset['action'] as Action)
    })
    return button
  }
}
