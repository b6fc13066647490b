/**
 * Owns what the bytes of an event stream mean, from connection to connection. The grammar is eventsource-parser's (HTML Standard §9.2.6);
 * decoding, the exact limit and what stays in force are ours.
 */
import { createParser } from 'eventsource-parser'
import { URLError } from '../model/url-error.ts'

/** One event, as the server sent it. */
export interface ServerSentEvent {
  /** What the server calls it; `'message'` where it says nothing. */
  readonly type: string
  /** The lines of its data, joined by LF. */
  readonly data: string
  /** The identifier in force: the event's own, or the last one before it; `''` where there was none. A reconnection goes on behind it. */
  readonly id: string
  /** Milliseconds the server wants us to wait before we connect again, as it said last; null while it has said nothing. */
  readonly retry: number | null
}

/** Before a server has said anything of it: what browsers wait. */
const RECONNECTION_TIME = 3000
/** A day. More is no wish but a mistake. */
const LONGEST_RECONNECTION_TIME = 86_400_000

/** What goes on from connection to connection: the last identifier and the reconnection time. */
export class EventStream {
  lastEventID = ''
  readonly #limit: number
  #retry: number | null = null
  #url = ''
  #decoder = new TextDecoder()
  #feed: (text: string) => void = () => {}
  #arrived: ServerSentEvent[] = []
  #overflown = false

  constructor(limit: number) {
    this.#limit = limit
  }

  get reconnectionTime(): number {
    return this.#retry ?? RECONNECTION_TIME
  }

  /** A new connection: what was incomplete in the one before is gone. */
  begin(url: string): void {
    this.#url = url
    // The mark at the start is left to the parser, which takes off one: the decoder would make that two.
    this.#decoder = new TextDecoder('utf-8', { ignoreBOM: true })
    const parser = createParser({
      // The parser counts an incomplete field's name, too; what is complete is measured exactly, below.
      maxBufferSize: this.#limit + 'event: '.length,
      onId: (id) => {
        this.lastEventID = id
      },
      onRetry: (time) => {
        this.#retry = Math.min(time, LONGEST_RECONNECTION_TIME)
      },
      onEvent: ({ event = 'message', data }) => this.#take(event, data),
      onError: ({ type }) => {
        if (type === 'max-buffer-size-exceeded') this.#overflown = true
      },
    })
    this.#feed = (text) => parser.feed(text)
  }

  /** The events that these bytes complete. */
  *read(bytes: Uint8Array): Generator<ServerSentEvent, void, undefined> {
    this.#feed(this.#decoder.decode(bytes, { stream: true }))
    yield* this.#arrived.splice(0)
    if (!this.#overflown) return
    throw new URLError('dataLengthExceedsMaximum', {
      url: this.#url,
      phase: 'body',
      why: `one event is larger than ${this.#limit} characters`,
    })
  }

  #take(type: string, data: string): void {
    if (this.#overflown) return
    if (data.length > this.#limit) this.#overflown = true
    else this.#arrived.push({ type, data, id: this.lastEventID, retry: this.#retry })
  }
}
