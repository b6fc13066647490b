/** The panel that takes files, dropped or picked. Where the browser gives a handle the session keeps that, and no copy. */
import type { Downloads } from '../downloads/downloads.ts'
import type { UploadProtocolName } from '../downloads/upload.ts'
import type { UploadEndpoints } from '../lab/endpoints.ts'
import { find, messageOf, write } from './dom.ts'

type Given = File | FileSystemFileHandle

export function showUploadPanel(endpoints: UploadEndpoints, downloads: Downloads): void {
  const card = find('upload-card', HTMLElement)
  const zone = find('upload-drop', HTMLDivElement)
  const files = find('upload-files', HTMLInputElement)
  const protocol = find('upload-protocol', HTMLSelectElement)
  const limit = find('upload-speed', HTMLSelectElement)
  const error = find('upload-error', HTMLParagraphElement)

  const send = async (given: readonly Promise<Given | null>[]): Promise<void> => {
    write(error, '')
    const name = protocol.value as UploadProtocolName
    const bytesPerSecond = limit.value === '' ? null : Number(limit.value)
    try {
      for (const one of await Promise.all(given))
        if (one) downloads.upload(endpoints[name], one, { protocol: name, bytesPerSecond })
    } catch (thrown) {
      write(error, messageOf(thrown))
    }
  }

  files.addEventListener('change', () => {
    void send([...(files.files ?? [])].map(async (file) => file))
    // The same file can be chosen again.
    files.value = ''
  })
  zone.addEventListener('dragover', (event) => {
    event.preventDefault()
    zone.dataset['over'] = ''
  })
  zone.addEventListener('dragleave', () => delete zone.dataset['over'])
  zone.addEventListener('drop', (event) => {
    event.preventDefault()
    delete zone.dataset['over']
    // All are asked at once: the items are gone when the event is over.
    void send([...(event.dataTransfer?.items ?? [])].filter(({ kind }) => kind === 'file').map(dropped))
  })
  card.hidden = false
}

type HandleGiver = DataTransferItem & { getAsFileSystemHandle?(): Promise<FileSystemHandle | null> }

/** Folders are left out. */
async function dropped(item: HandleGiver): Promise<Given | null> {
  const file = item.getAsFile()
  const handle = await item.getAsFileSystemHandle?.().catch(() => null)
  if (handle) return handle.kind === 'file' ? (handle as FileSystemFileHandle) : null
  return file
}
