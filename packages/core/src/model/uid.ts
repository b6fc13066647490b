/**
 * Names of transfers on the wire and on disk: `<file>-g<generation>`. Every use of resume data starts a new
 * generation on the same file, which is what makes resume data single-use without moving a byte.
 */
const FORM = /^([0-9a-z-]{8,56}?)(?:-g(\d{1,6}))?$/

/** The file that a transfer of any generation writes. */
export const fileOf = (uid: string): string => FORM.exec(uid)?.[1] ?? uid

/** The transfer that goes on from what `token` named. */
export const nextGeneration = (token: string): string => {
  const generation = Number(FORM.exec(token)?.[2] ?? 1)
  return `${fileOf(token)}-g${generation + 1}`
}
