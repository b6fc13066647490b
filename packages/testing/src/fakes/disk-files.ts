/**
 * Owns: the FileStore of a process on a fake disk.
 */
import type { DiskProcess } from './disk-process.ts'
import { FakeFile } from './fake-file.ts'
import { type FileStore, type FileWriter, URLError } from './ports.ts'

/** Files on a fake disk. */
export class DiskFiles implements FileStore {
  readonly kind = 'memory'
  readonly reason = 'a fake disk, for tests'
  readonly #process: DiskProcess

  constructor(process: DiskProcess) {
    this.#process = process
  }

  open(id: string): Promise<FileWriter> {
    if (!/^[0-9a-z-]{8,64}$/.test(id)) return Promise.reject(new TypeError(`'${id}' is no file id`))
    return this.#process.step('open', id, 0, () => {
      const { files } = this.#process.disk
      const file = files.get(id) ?? new FakeFile()
      if (file.writer) throw new URLError('cannotOpenFile', { phase: 'storage', why: 'another writer has it' })
      file.writer = this.#process
      files.set(id, file)
      return this.#writer(id, file)
    })
  }

  size(id: string): Promise<number | null> {
    return this.#process.look(() => this.#process.disk.files.get(id)?.size ?? null)
  }

  blob(id: string, size: number, type: string): Promise<Blob | null> {
    return this.#process.look(() => {
      const file = this.#process.disk.files.get(id)
      return file && file.size >= size ? new Blob([file.read(0, size)], { type }) : null
    })
  }

  path(): null {
    return null
  }

  remove(id: string): Promise<void> {
    return this.#process.step('remove', id, 0, () => void this.#process.disk.files.delete(id))
  }

  list(): Promise<string[]> {
    return this.#process.look(() => [...this.#process.disk.files.keys()])
  }

  available(): Promise<number | null> {
    const { disk } = this.#process
    return this.#process.look(() => (disk.quota === Infinity ? null : Math.max(0, disk.quota - disk.used)))
  }

  #writer(id: string, file: FakeFile): FileWriter {
    const process = this.#process
    let open = true
    const mine = (): void => {
      if (!open || file.writer !== process)
        throw new URLError('cannotWriteToFile', { phase: 'storage', why: 'the writer is closed' })
      if (process.disk.files.get(id) !== file)
        throw new URLError('cannotWriteToFile', { phase: 'storage', why: 'the file is gone' })
    }
    const put = (bytes: Uint8Array, at: number): void => {
      mine()
      const room = process.disk.quota - process.disk.used
      if (Math.max(0, at + bytes.length - file.size) > room) {
        // A full disk takes what fits, and then says so.
        const fits = Math.max(0, Math.min(bytes.length, file.size + room - at))
        if (fits > 0) file.write(bytes.subarray(0, fits), at)
        throw new URLError('noSpaceLeft', {
          phase: 'storage',
          why: `the quota of ${process.disk.quota} bytes is used up`,
        })
      }
      file.write(bytes, at)
    }
    const write = (bytes: Uint8Array, at: number): void | Promise<void> => {
      const all = (): void => put(bytes, at)
      const half = (): void => put(bytes.subarray(0, bytes.length >> 1), at)
      if (process.options.writesAtOnce) return process.stepAtOnce('write', id, bytes.length, all, half)
      return process.step('write', id, bytes.length, all, half)
    }
    return {
      size: file.size,
      write,
      read: (at, length) =>
        process.look(() => {
          mine()
          return file.read(at, length)
        }),
      flush: () =>
        process.step('flush', id, 0, () => {
          mine()
          file.flush()
        }),
      truncate: (size) =>
        process.step('truncate', id, 0, () => {
          mine()
          file.truncate(size)
        }),
      close: async () => {
        if (open && file.writer === process) file.writer = null
        open = false
      },
    }
  }
}
