/** Owns whether a browser's cookies and credentials go along with a request where that is not as request and session say. */
import type { DataLane } from '../loading/data-lane.ts'
import type { DataRequest, NormalRequest } from '../model/request.ts'
import type { Asked } from './task-questions.ts'

/** What a request is sent with. Uploads are not kept from asking the user: what counts their bytes on the way sends cookies always. */
export function sentCredentials(
  request: Pick<NormalRequest | DataRequest, 'url' | 'credentials'>,
  { task, proposed, teller, warn }: Pick<Asked, 'task' | 'proposed' | 'teller' | 'warn'>,
  lane: DataLane,
): NormalRequest['credentials'] {
  // The stricter of session and request.
  if (lane.takesNoCookies) return 'omit'
  const known = proposed !== null || teller.for('didReceiveChallenge') !== null
  if (task.kind === 'upload' || !lane.asksUserInstead(request, known)) return request.credentials
  warn({
    code: 'browserCredentialsLeftOut',
    message:
      'no cookies were sent to the own origin, or the browser would ask its user for the password: set "credentials" to "omit" if that is right, else to "same-origin"',
  })
  return 'omit'
}
