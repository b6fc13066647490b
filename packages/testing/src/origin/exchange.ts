/**
 * Owns: one request and its answer on the socket, as the origin's parts hand it around: the journal entry, the end of
 * the client, waiting that ends with the client.
 * Why: whoever waits for a timer, a drain or a stall must also wake when the client is gone, and that is written once.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { JournalEntry, JournalKeeper, Outcome } from './journal.ts'

/** Milliseconds between the last byte and a reset. */
const settling = 20

/** One exchange. */
export class Exchange {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly entry: JournalEntry
  readonly journal: JournalKeeper
  /** Aborts when the socket closes, by whichever side. */
  readonly closed: AbortSignal

  constructor(request: IncomingMessage, response: ServerResponse, entry: JournalEntry, journal: JournalKeeper) {
    this.request = request
    this.response = response
    this.entry = entry
    this.journal = journal
    const controller = new AbortController()
    this.closed = controller.signal
    response.on('close', () => {
      controller.abort()
      journal.end(entry, response.writableFinished ? 'complete' : 'aborted')
    })
    response.on('error', () => {})
  }

  get socket(): Socket {
    return this.request.socket
  }

  /** Sets and journals the head; nothing is sent before the first write. */
  head(status: number, headers: Iterable<readonly [name: string, value: string]>): void {
    for (const [name, value] of headers) {
      // Header values go out as UTF-8; node wants one character a byte.
      this.response.setHeader(name, Buffer.from(value, 'utf8').toString('latin1'))
    }
    this.response.statusCode = status
    this.#journalHead(status)
  }

  /** Sends the head now, before there is any body. */
  flushHead(): void {
    // Not flushHeaders(): that writes the head as UTF-8 and would encode its bytes a second time.
    this.response.write('', 'latin1')
  }

  #journalHead(status: number): void {
    this.entry.status = status
    this.entry.responseHeaders = Object.fromEntries(
      Object.entries(this.response.getHeaders()).map(([name, value]) => [
        name,
        Array.isArray(value) ? value.join(', ') : String(value),
      ]),
    )
    this.journal.touch(this.entry)
  }

  /** Writes body bytes. Resolves when more may be written: false when there is nobody left to write to. */
  write(bytes: Uint8Array): Promise<boolean> {
    if (this.closed.aborted) return Promise.resolve(false)
    const roomLeft = this.response.write(bytes, (failure) => {
      if (failure) return
      this.entry.bytesSent += bytes.length
      this.journal.touch(this.entry)
    })
    if (roomLeft) return Promise.resolve(true)
    return this.until((done) => {
      this.response.once('drain', done)
      return () => this.response.off('drain', done)
    })
  }

  /** Resolves when all that was written has been taken by the kernel; false when the client went. */
  written(): Promise<boolean> {
    if (this.response.writableLength === 0) return Promise.resolve(!this.closed.aborted)
    return this.until((done) => {
      this.response.write(new Uint8Array(0), () => done())
      return () => {}
    })
  }

  /** Waits `milliseconds`; false when the client went meanwhile. */
  pause(milliseconds: number): Promise<boolean> {
    return this.until((done) => {
      const timer = setTimeout(done, milliseconds)
      return () => clearTimeout(timer)
    })
  }

  /** Waits for whatever `begin` calls back for, or for the end of the client. */
  until(begin: (done: () => void) => () => void): Promise<boolean> {
    if (this.closed.aborted) return Promise.resolve(false)
    return new Promise((resolve) => {
      const gone = (): void => finish(false)
      const stop = begin(() => finish(true))
      const finish = (alive: boolean): void => {
        stop()
        this.closed.removeEventListener('abort', gone)
        resolve(alive)
      }
      this.closed.addEventListener('abort', gone)
    })
  }

  /** Ends the answer in good order. */
  end(): void {
    this.response.end()
  }

  /** Closes the connection after what was written, though the answer is not complete. */
  cut(): void {
    this.#finish('cut')
    this.socket.end(() => this.socket.destroy())
  }

  /**
   * Resets the connection. What was sent is given a moment to be read: a reset that arrives together with bytes looks like
   * an orderly close to some clients (libuv's among them).
   */
  async reset(): Promise<void> {
    if (this.response.headersSent && !(await this.pause(settling))) return
    this.#finish('reset')
    this.socket.resetAndDestroy()
  }

  #finish(outcome: Outcome): void {
    this.journal.end(this.entry, outcome)
  }
}
