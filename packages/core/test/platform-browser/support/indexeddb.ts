/** Ways to make IndexedDB fail as browsers make it fail, each undone when the test ends. */
import { onTestFinished } from 'vitest'

/** Closes the connections opened from now on, behind their owners' backs, when called. */
export function connectionsToLose(): () => void {
  const opened: IDBDatabase[] = []
  const open = indexedDB.open
  indexedDB.open = function (this: IDBFactory, ...given: Parameters<IDBFactory['open']>) {
    const request = open.apply(indexedDB, given)
    request.addEventListener('success', () => opened.push(request.result))
    return request
  }
  onTestFinished(() => void Reflect.deleteProperty(indexedDB, 'open'))
  return () => {
    for (const database of opened.splice(0)) database.close()
  }
}

/** Every put whose value `refused` picks throws this DOMException. */
export function refusePuts(name: string, refused: (value: unknown) => boolean = () => true): () => void {
  const put = IDBObjectStore.prototype.put
  IDBObjectStore.prototype.put = function (this: IDBObjectStore, value: unknown, key?: IDBValidKey) {
    if (refused(value)) throw new DOMException('refused by the test', name)
    return put.call(this, value, key)
  }
  const undo = (): void => void (IDBObjectStore.prototype.put = put)
  onTestFinished(undo)
  return undo
}

/** Every attempt to open a database fails with this DOMException. */
export function refuseDatabases(name: string): void {
  indexedDB.open = () => {
    throw new DOMException('refused by the test', name)
  }
  onTestFinished(() => void Reflect.deleteProperty(indexedDB, 'open'))
}
