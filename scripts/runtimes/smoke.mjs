/**
 * The packed package as a program of Deno's or Bun's uses it: requests, and a download that goes on after its connection broke. Prints what it
 * saw as JSON; that it ends by itself is part of what is tried. Plain JavaScript, and no test runner: none runs in all of them.
 */
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { SessionConfiguration, URLError, URLSession } from 'urlsession'

const [origin, directory] = process.argv.slice(2)
const rejection = (promise) => promise.then(String, (error) => (URLError.is(error) ? error.code : String(error)))

const session = new URLSession(SessionConfiguration.default({ directory, retry: { baseDelay: 5, maximumDelay: 20 } }))
const lines = []
for await (const line of session.lines(`${origin}/lines.txt`)) lines.push(line)
const download = session.download(`${origin}/broken.bin`, { integrity: process.argv[4] })
const { file } = await download
const seen = {
  data: (await session.data(`${origin}/small.bin`)).data.length,
  json: await session.json(`${origin}/some.json`),
  fetch: await (await session.fetch(`${origin}/some.json`)).json(),
  lines,
  download: createHash('sha256')
    .update(await readFile(file.path))
    .digest('hex'),
  warnings: download.task.warnings.map(({ code }) => code),
  refused: await rejection(session.data('http://127.0.0.1:1/')),
  insecure: await rejection((async () => session.data('http://example.com/'))()),
  mismatch: await rejection(session.download(`${origin}/small.bin`, { integrity: process.argv[4] })),
}
await session[Symbol.asyncDispose]()
console.log(JSON.stringify(seen))
