/** The case of two tabs: says in plain words that another one runs the downloads, and takes over as soon as that is gone. */
import { URLError } from 'urlsession'
import { find, messageOf, write } from './dom.ts'

/** Milliseconds between two attempts of its own, while somebody looks. */
const PAUSE = 4000

/** Resolves once `open` has succeeded. Until then the page shows why it has not, and only that. */
export async function openOrExplain(open: () => Promise<void>): Promise<void> {
  const notice = find('elsewhere', HTMLElement)
  const retry = find('elsewhere-retry', HTMLButtonElement)
  for (;;) {
    try {
      await open()
      notice.hidden = true
      delete document.body.dataset['elsewhere']
      return
    } catch (error) {
      write(retry, 'Try again')
      explain(error, notice)
    }
    if ((await again(retry)) === 'asked') write(retry, 'Trying …')
  }
}

function explain(error: unknown, notice: HTMLElement): void {
  const inUse = URLError.is(error) && error.code === 'backgroundSessionInUseByAnotherProcess'
  const title = find('elsewhere-title', HTMLHeadingElement)
  write(title, inUse ? 'Your downloads are in another tab' : 'The downloads could not be opened')
  find('elsewhere-advice', HTMLElement).hidden = !inUse
  write(find('elsewhere-code', HTMLElement), inUse ? error.code : messageOf(error))
  document.body.dataset['elsewhere'] = ''
  if (!notice.hidden) return
  notice.hidden = false
  title.focus()
}

/** The person presses the button, or a while has passed in which the tab was looked at. */
function again(button: HTMLButtonElement): Promise<'asked' | 'waited'> {
  return new Promise((resolve) => {
    const finish = (how: 'asked' | 'waited'): void => {
      clearInterval(timer)
      button.removeEventListener('click', asked)
      resolve(how)
    }
    const asked = (): void => finish('asked')
    const timer = setInterval(() => document.visibilityState === 'visible' && finish('waited'), PAUSE)
    button.addEventListener('click', asked)
  })
}
