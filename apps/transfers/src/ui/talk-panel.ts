/** The panel that talks over a WebSocket, and breaks it on purpose. */
import { Talk, type TalkState } from '../talk/talk.ts'
import { find, make, write } from './dom.ts'

const WORDS: Readonly<Record<TalkState, string>> = {
  closed: 'Closed',
  connecting: 'Connecting',
  open: 'Open',
  closing: 'Closing',
}

export function showTalkPanel(url: string): void {
  const form = find('talk', HTMLFormElement)
  const text = find('talk-text', HTMLInputElement)
  const state = find('talk-state', HTMLElement)
  const log = find('talk-log', HTMLOListElement)
  const open = find('talk-open', HTMLButtonElement)
  const needing = [...form.querySelectorAll<HTMLButtonElement>('[data-open]')]
  const talk = new Talk(url, show)
  let shown = talk.lines

  function show(): void {
    const now = talk.state
    write(state, WORDS[now])
    write(open, now === 'closed' ? 'Connect' : 'Disconnect')
    open.disabled = now === 'closing'
    for (const button of needing) button.disabled = now === 'closed' || now === 'closing'
    if (talk.lines === shown) return
    shown = talk.lines
    log.replaceChildren(...shown.map(({ who, text: said }) => make('li', { className: who }, make('b', {}, who), said)))
    log.scrollTop = log.scrollHeight
  }

  const on = (id: string, work: () => unknown): void =>
    find(id, HTMLButtonElement).addEventListener('click', () => void work())
  on('talk-open', () => (talk.state === 'closed' ? talk.connect() : talk.close()))
  on('talk-ping', () => talk.ping())
  on('talk-cut', () => talk.send('/cut'))
  on('talk-silence', () => talk.send('/silence'))
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    if (text.value === '') return
    void talk.send(text.value)
    text.value = ''
  })
  show()
  find('talk-card', HTMLElement).hidden = false
}
