/** A page whose policy forbids WebAssembly still has digests: a real policy in a real frame. */
import { expect, onTestFinished, test } from 'vitest'

const module = new URL('../../src/platform/digest/index.ts', import.meta.url).href

interface Told {
  readonly hex: string
  readonly state: unknown
  readonly wasm: string
}

/** Runs in a frame under this policy; answers what it posts. */
function inFrame(policy: string, script: string): Promise<Told> {
  const frame = document.createElement('iframe')
  frame.srcdoc = `<meta http-equiv="Content-Security-Policy" content="${policy}"><script type="module">${script}</script>`
  onTestFinished(() => frame.remove())
  return new Promise((resolve) => {
    const hear = ({ source, data }: MessageEvent<Told>): void => {
      if (source !== frame.contentWindow) return
      removeEventListener('message', hear)
      resolve(data)
    }
    addEventListener('message', hear)
    document.body.append(frame)
  })
}

const script = `
  const wasm = await WebAssembly.compile(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0])).then(() => 'allowed', (error) => error.name)
  const told = await import('${module}').then(async ({ createDigest }) => {
    const digest = await createDigest('sha256')
    digest.update(new TextEncoder().encode('abc'))
    const state = digest.save()
    return { state, hex: Array.from(digest.finish(), (byte) => byte.toString(16).padStart(2, '0')).join('') }
  }).catch((error) => ({ hex: String(error) }))
  parent.postMessage({ ...told, wasm }, '*')
`

test.each([
  ["script-src 'self' 'unsafe-inline'", 'CompileError', false],
  ["script-src 'self' 'unsafe-inline' 'wasm-unsafe-eval'", 'allowed', true],
])('under %s WebAssembly is %s', async (policy, wasm, saves) => {
  const told = await inFrame(policy, script)
  expect(told.wasm).toBe(wasm)
  expect(told.hex).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad')
  expect(told.state instanceof Uint8Array).toBe(saves)
})
