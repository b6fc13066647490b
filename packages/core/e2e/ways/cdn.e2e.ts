/** One file from another origin, `<script type="module">` and nothing else: the engine still gets a worker. */
import { download } from '../support/download.ts'
import { expect, test } from '../support/stage.ts'

const script = `import * as it from 'THERE/urlsession/urlsession.js'`

for (const checked of [false, true])
  test(`from a CDN, ${checked ? 'with integrity' : 'plain'}`, async ({ page, stage }) => {
    const { here, there, open, violations } = await stage({ script })
    await open()
    const got = await download(page, here, { checked })
    expect(got.engine).toBe('worker')
    expect(got.reason).not.toContain('refused')
    expect(violations).toEqual([])
    // The page and its worker; the digests are in the same file.
    expect(there.journal.entries.map(({ url }) => url)).toEqual([
      '/urlsession/urlsession.js',
      '/urlsession/urlsession.js',
    ])
  })
