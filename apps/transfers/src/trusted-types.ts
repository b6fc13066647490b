/** Trusted Types: the one rule by which an address may become a script here. Imported first; where a browser lacks them, nothing. */

interface ScriptURLPolicy {
  createScriptURL(address: string): string
}

const { trustedTypes } = globalThis as {
  trustedTypes?: { createPolicy(name: string, rules: ScriptURLPolicy): unknown }
}

// 'default' is asked wherever a plain text is given, so `new Worker(new URL(…))` stays as bundlers want to see it.
trustedTypes?.createPolicy('default', {
  createScriptURL(address) {
    const { origin, href } = new URL(address, location.href)
    if (origin !== location.origin) throw new TypeError(`Only workers of this site may start, not ${href}`)
    return href
  },
})
