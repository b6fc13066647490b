/** What a session has to do with the browser's own cache. */
import { SessionConfiguration } from 'urlsession'
import { expect, it } from 'vitest'
import { makeSession } from '../support/session.ts'
import { count, keepable } from './support/caches.ts'

it('an ephemeral session finds nothing there, and leaves nothing there', async () => {
  const file = await keepable('max-age=600')
  for (let time = 0; time < 2; time++) await makeSession(SessionConfiguration.ephemeral()).data(file.url)
  expect(await count(file)).toBe(2)
  const session = makeSession(SessionConfiguration.ephemeral())
  await session.fetch(file.url)
  await session.download(file.url)
  expect(await count(file)).toBe(4)
  // The first of a default session is not spared by what came before it; the second is by the first.
  for (let time = 0; time < 2; time++) await makeSession().data(file.url)
  expect(await count(file)).toBe(5)
})

it('an ephemeral session that wants it has it', async () => {
  const file = await keepable('max-age=600')
  for (let time = 0; time < 2; time++)
    await makeSession(SessionConfiguration.ephemeral({ cachePolicy: 'default' })).data(file.url)
  expect(await count(file)).toBe(1)
})
