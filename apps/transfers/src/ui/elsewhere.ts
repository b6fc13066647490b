/** The case of two tabs: says in plain words that another one runs the downloads, and tries again when asked. */
import { URLError } from 'urlsession'
import { find, messageOf, write } from './dom.ts'

/** Resolves once `open` has succeeded. Until then the page shows why it has not, and only that. */
export async function openOrExplain(open: () => Promise<void>): Promise<void> {
  const notice = find('elsewhere', HTMLElement)
  const title = find('elsewhere-title', HTMLHeadingElement)
  const retry = find('elsewhere-retry', HTMLButtonElement)
  for (;;) {
    try {
      await open()
      notice.hidden = true
      delete document.body.dataset['elsewhere']
      return
    } catch (error) {
      const inUse = URLError.is(error) && error.code === 'backgroundSessionInUseByAnotherProcess'
      if (!inUse) write(title, 'The downloads could not be opened')
      write(find('elsewhere-code', HTMLElement), inUse ? error.code : messageOf(error))
      document.body.dataset['elsewhere'] = ''
      write(retry, 'Try again')
      if (notice.hidden) {
        notice.hidden = false
        title.focus()
      }
    }
    await asked(retry)
    write(retry, 'Trying …')
  }
}

/** The person presses the button, or comes back to this tab, most likely from closing the other. */
function asked(button: HTMLButtonElement): Promise<void> {
  return new Promise((resolve) => {
    const ask = (): void => {
      if (document.visibilityState !== 'visible') return
      button.removeEventListener('click', ask)
      document.removeEventListener('visibilitychange', ask)
      resolve()
    }
    button.addEventListener('click', ask)
    document.addEventListener('visibilitychange', ask)
  })
}
