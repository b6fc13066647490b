/**
 * Owns: which hosts are asked without a proxy. Why not a package: those that are kept know neither address ranges nor that a name
 * stands for all below it, as curl and Go read it; and node:net does the arithmetic.
 */
import { BlockList, isIP } from 'node:net'

/**
 * Whether a list as in NO_PROXY names the URL's host: `*`; a name, for itself and all below it, with or without a leading `.` or
 * `*.`; an address; a range of addresses (`10.0.0.0/8`). Each with a port, or for every port.
 */
export function isBypassed(url: URL, list: string): boolean {
  const host = bare(url.hostname).replace(/\.$/, '')
  const port = portOf(url)
  return list
    .toLowerCase()
    .split(/[\s,]+/)
    .filter((entry) => entry !== '')
    .some((entry) => {
      if (entry === '*') return true
      const [, name = entry, wanted] = splitPort(entry)
      return (wanted === undefined || wanted === port) && names(bare(name), host)
    })
}

/** The URL's port, also where it is the scheme's own. */
export const portOf = ({ port, protocol }: URL): string => (port === '' ? (protocol === 'https:' ? '443' : '80') : port)

/** A host as sockets want it: without the brackets of IPv6. */
export const bare = (host: string): string => host.replace(/^\[|\]$/g, '')

const LOOPBACK = /^127\.\d+\.\d+\.\d+$/

/** This machine itself. */
export function isLoopback({ hostname }: URL): boolean {
  const host = bare(hostname)
  return /^(.+\.)?localhost\.?$/.test(host) || host === '::1' || LOOPBACK.test(host)
}

/** An IPv6 address has colons of its own: its port is only told behind brackets. */
function splitPort(entry: string): RegExpExecArray | readonly [string] {
  return /^(\[[^\]]+\](?:\/\d+)?|[^:]+):(\d+)$/.exec(entry) ?? [entry]
}

function names(entry: string, host: string): boolean {
  const address = isIP(host) !== 0
  if (entry.includes('/')) return address && (rangeOf(entry)?.check(host, familyOf(host)) ?? false)
  if (address || isIP(entry)) return canonical(entry) === canonical(host)
  const name = entry.replace(/^\*?\./, '').replace(/\.$/, '')
  return name !== '' && (host === name || host.endsWith(`.${name}`))
}

function rangeOf(entry: string): BlockList | null {
  const [, address = '', bits = ''] = /^(.*)\/(\d+)$/.exec(entry) ?? []
  const net = bare(address)
  if (isIP(net) === 0 || Number(bits) > (isIP(net) === 6 ? 128 : 32)) return null
  const range = new BlockList()
  range.addSubnet(net, Number(bits), familyOf(net))
  return range
}

const familyOf = (address: string): 'ipv4' | 'ipv6' => (isIP(address) === 6 ? 'ipv6' : 'ipv4')

/** The one spelling of an address. */
const canonical = (address: string): string =>
  isIP(address) === 6 ? (URL.parse(`http://[${address}]/`)?.hostname ?? address) : address
