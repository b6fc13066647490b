/** What tests of worker code name and `lib.dom`, which the tests are compiled with, does not know. */
interface FileSystemSyncAccessHandle {
  close(): void
  flush(): void
  getSize(): number
  read(buffer: AllowSharedBufferSource, options?: { at?: number }): number
  truncate(size: number): void
  write(buffer: AllowSharedBufferSource, options?: { at?: number }): number
}

interface FileSystemFileHandle {
  createSyncAccessHandle(options?: {
    mode?: 'readwrite' | 'read-only' | 'readwrite-unsafe'
  }): Promise<FileSystemSyncAccessHandle>
}
