/** Owns when a browser's own credentials stay behind, so that it does not ask its user in the place of whoever answers challenges here. */
import type { DataLane } from '../loading/data-lane.ts'
import type { NormalRequest } from '../model/request.ts'
import type { Asked } from './task-questions.ts'

/** The request as it is sent. */
export function answeredHere<Any extends Pick<NormalRequest, 'url' | 'credentials'>>(
  request: Any,
  { proposed, teller, warn }: Pick<Asked, 'proposed' | 'teller' | 'warn'>,
  lane: DataLane,
): Any {
  const known = proposed !== null || teller.for('didReceiveChallenge') !== null
  if (!lane.asksUserInstead(request, known)) return request
  warn({
    code: 'browserCredentialsLeftOut',
    message:
      'no cookies were sent to the own origin, or the browser would ask its user for the password: set "credentials" to "omit" if that is right, else to "same-origin"',
  })
  return { ...request, credentials: 'omit' }
}
