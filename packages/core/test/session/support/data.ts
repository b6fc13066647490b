/** Bodies as tests read them, and the echo that shows what reached the server. */
import type { DataResult } from 'urlsession'
import { origin } from '../../support/session.ts'

export const textOf = ({ data }: Pick<DataResult, 'data'>): string => new TextDecoder().decode(data)

/** What `/echo` tells of a request. */
export interface Echo {
  readonly method: string
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

export const echoURL: string = `${origin.url}/echo`

export const echoOf = async (result: Promise<DataResult>): Promise<Echo> => JSON.parse(textOf(await result)) as Echo

/** Resolves in the next turn of the event loop but some: whatever had been due has happened. */
export async function turns(count = 10): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise((resolve) => setTimeout(resolve))
}
