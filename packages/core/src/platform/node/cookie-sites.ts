/** Owns: whether two URLs belong to one site: the same name below a public suffix (HTML, "same site"), or the same host. */
import { missingPeer } from './missing-peer.ts'

export async function isSameSite(one: string, other: string): Promise<boolean> {
  const [left, right] = [new URL(one).hostname, new URL(other).hostname]
  if (left === right) return true
  const { getPublicSuffix } = await import('tough-cookie').catch((cause: unknown) => {
    throw missingPeer('tough-cookie', 'a session with the option cookies', cause)
  })
  const siteOf = (name: string): string | undefined =>
    getPublicSuffix(name, { allowSpecialUseDomain: true, ignoreError: true })
  const site = siteOf(left)
  return site !== undefined && site === siteOf(right)
}
