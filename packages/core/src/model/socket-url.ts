/** The two names of a WebSocket's URL: its own, and the one that its handshake is asked for at. */

/** The ws or wss URL for an http or https one; others stay as they are. */
export const asSocketURL = (url: string): string => url.replace(/^http/, 'ws')

/** The http or https URL at which a WebSocket's handshake is asked for. */
export const asHandshakeURL = (url: string): string => url.replace(/^ws/, 'http')
