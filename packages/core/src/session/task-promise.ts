/** The short forms: a promise that also shows the task behind it. */

/** A promise that also shows the task behind it. */
export type TaskPromise<T, Task> = Promise<T> & { readonly task: Task }

/** @param make Makes the task; what it throws, the promise rejects with. */
export function taskPromise<T, Task>(make: () => Task, result: (task: Task) => Promise<T>): TaskPromise<T, Task> {
  let task: Task
  try {
    task = make()
  } catch (error) {
    return Object.defineProperty(Promise.reject(error as Error), 'task', {
      // There is none: whoever asks for it learns why.
      get(): never {
        throw error
      },
    }) as TaskPromise<T, Task>
  }
  return Object.assign(
    result(task).then((value) => value),
    { task },
  )
}
