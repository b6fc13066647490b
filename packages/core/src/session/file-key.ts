/** What a file may be kept under. */

/** @throws {TypeError} */
export function checkKey(key: unknown): asserts key is string {
  if (typeof key !== 'string' || key === '' || key.length > 512)
    throw new TypeError(
      `the key was ${(JSON.stringify(key) ?? typeof key).slice(0, 60)}; allowed is a text of 1 to 512 characters`,
    )
}
