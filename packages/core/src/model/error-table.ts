/**
 * Every way a task can fail, in one table: Apple's number where Apple has one, what is said, and
 * whether trying again may help. Nothing else in the project decides these.
 */
export interface ErrorKind {
  /** Apple's NSURLError number, or null where the code is ours. */
  readonly number: number | null
  /** What failed, in a few words; the URL is added behind it. */
  readonly says: string
  /** What the reader can do about it. */
  readonly hint?: string
  /** True when the same request may succeed later with nothing changed. */
  readonly retryable: boolean
}

const kind = (number: number | null, says: string, hint?: string, retryable = false): ErrorKind => ({
  number,
  says,
  retryable,
  ...(hint && { hint }),
})

/** One that may go better next time. */
const passing = (number: number | null, says: string, hint?: string): ErrorKind => kind(number, says, hint, true)

/** Apple's name for what went wrong, or ours where Apple has none. */
export type URLErrorCode =
  | 'unknown'
  | 'cancelled'
  | 'badURL'
  | 'timedOut'
  | 'unsupportedURL'
  | 'cannotFindHost'
  | 'cannotConnectToHost'
  | 'networkConnectionLost'
  | 'dnsLookupFailed'
  | 'httpTooManyRedirects'
  | 'resourceUnavailable'
  | 'notConnectedToInternet'
  | 'redirectToNonExistentLocation'
  | 'badServerResponse'
  | 'userCancelledAuthentication'
  | 'userAuthenticationRequired'
  | 'cannotDecodeRawData'
  | 'cannotDecodeContentData'
  | 'cannotParseResponse'
  | 'requestBodyStreamExhausted'
  | 'appTransportSecurityRequiresSecureConnection'
  | 'fileDoesNotExist'
  | 'fileIsDirectory'
  | 'noPermissionsToReadFile'
  | 'dataLengthExceedsMaximum'
  | 'secureConnectionFailed'
  | 'serverCertificateHasBadDate'
  | 'serverCertificateUntrusted'
  | 'serverCertificateHasUnknownRoot'
  | 'serverCertificateNotYetValid'
  | 'clientCertificateRejected'
  | 'clientCertificateRequired'
  | 'cannotCreateFile'
  | 'cannotOpenFile'
  | 'noSpaceLeft'
  | 'cannotWriteToFile'
  | 'cannotMoveFile'
  | 'backgroundSessionInUseByAnotherProcess'
  | 'backgroundSessionWasDisconnected'
  | 'opaqueNetworkFailure'
  | 'schemaMismatch'
  | 'fileIntegrityMismatch'
  | 'fileChanged'
  | 'badResumeData'
  | 'duplicateKey'
  | 'recordUnreadable'
  | 'unsupportedByPlatform'
  | 'sessionInvalid'
  | 'delegateFailed'

export const ERRORS: Readonly<Record<URLErrorCode, ErrorKind>> = {
  unknown: kind(-1, 'failed for a reason that is not known'),
  cancelled: kind(-999, 'was cancelled'),
  badURL: kind(-1000, 'has a URL that cannot be parsed'),
  timedOut: passing(-1001, 'timed out'),
  unsupportedURL: kind(-1002, 'has a URL that cannot be loaded here'),
  cannotFindHost: passing(-1003, 'could not find the host', 'check its name'),
  cannotConnectToHost: passing(-1004, 'could not connect to the host', 'check that the server is running'),
  networkConnectionLost: passing(-1005, 'lost the connection'),
  dnsLookupFailed: passing(-1006, 'could not look up the host'),
  httpTooManyRedirects: kind(-1007, 'was redirected too many times'),
  resourceUnavailable: kind(-1008, 'is not available'),
  notConnectedToInternet: passing(-1009, 'has no network', 'set waitsForConnectivity to wait for one'),
  redirectToNonExistentLocation: kind(-1010, 'was redirected to nowhere'),
  badServerResponse: kind(-1011, 'got an answer that cannot be used'),
  userCancelledAuthentication: kind(-1012, 'was not given credentials'),
  userAuthenticationRequired: kind(-1013, 'needs credentials'),
  cannotDecodeRawData: kind(-1015, 'sent data that cannot be decoded'),
  cannotDecodeContentData: passing(-1016, 'sent a compressed body that is damaged or cut short'),
  cannotParseResponse: passing(-1017, 'sent an answer that cannot be parsed'),
  requestBodyStreamExhausted: kind(-1021, 'has a stream as its body, which is sent once', 'give a Blob or a buffer'),
  appTransportSecurityRequiresSecureConnection: kind(
    -1022,
    'is not https, which this session requires',
    'use https, or allow this host in transportSecurity.exceptions',
  ),
  fileDoesNotExist: kind(-1100, 'names a file that does not exist'),
  fileIsDirectory: kind(-1101, 'names a directory'),
  noPermissionsToReadFile: kind(-1102, 'names a file that may not be read'),
  dataLengthExceedsMaximum: kind(-1103, 'is larger than allowed'),
  secureConnectionFailed: kind(-1200, 'could not be reached over TLS', "check the server's certificate"),
  serverCertificateHasBadDate: kind(-1201, 'has a certificate that has expired'),
  serverCertificateUntrusted: kind(-1202, 'has a certificate that is not trusted'),
  serverCertificateHasUnknownRoot: kind(-1203, 'has a certificate of an unknown authority'),
  serverCertificateNotYetValid: kind(-1204, 'has a certificate that is not valid yet'),
  clientCertificateRejected: kind(-1205, "refused this client's certificate"),
  clientCertificateRequired: kind(-1206, 'asks for a client certificate'),
  cannotCreateFile: kind(-3000, 'could not create its file'),
  cannotOpenFile: kind(-3001, 'could not open its file'),
  noSpaceLeft: kind(-3003, 'ran out of storage space', 'free some, then go on with error.resumeData, if any'),
  cannotWriteToFile: kind(-3003, 'could not write its file'),
  cannotMoveFile: kind(-3005, 'could not move its file into place'),
  backgroundSessionInUseByAnotherProcess: kind(
    -996,
    'belongs to a background session that is held elsewhere',
    'close the other one, or use another identifier',
  ),
  backgroundSessionWasDisconnected: passing(-997, 'lost its transfer engine'),

  // Ours: things Apple has no number for.
  opaqueNetworkFailure: passing(null, 'failed in the network, and the browser does not say how'),
  schemaMismatch: kind(null, 'sent JSON that its schema does not allow'),
  fileIntegrityMismatch: kind(null, 'does not match its integrity digest', 'was the file changed?'),
  fileChanged: kind(null, 'has a file that is not what it was'),
  badResumeData: kind(null, 'was given resume data that cannot be used'),
  duplicateKey: kind(null, 'has the key of another live task'),
  recordUnreadable: kind(null, 'has a stored record that cannot be read'),
  unsupportedByPlatform: kind(null, 'is not possible on this platform'),
  sessionInvalid: kind(null, 'was asked of an invalidated session'),
  delegateFailed: kind(null, 'was ended because its delegate threw'),
}

export const isErrorCode = (code: unknown): code is URLErrorCode =>
  typeof code === 'string' && Object.hasOwn(ERRORS, code)
