/** The protocols of ours by name; any other is the session's own. */
import { fieldOf } from '../../model/checks.ts'
import type { TusOptions } from '../../model/tus-options.ts'
import type { UploadProtocol } from '../../model/upload-protocol.ts'
import type { UploadState } from '../../storage/records.ts'
import type { Answer, UploadQuestion } from '../../wire/questions.ts'
import { pageProtocol } from './page-protocol.ts'
import { plain } from './plain.ts'
import { resumable } from './resumable.ts'
import { tus } from './tus.ts'

export function protocolOf(
  { protocol, options }: UploadState,
  showsInformational: boolean,
  attempt: number,
  ask: (question: UploadQuestion) => Promise<Answer>,
): UploadProtocol {
  switch (protocol) {
    case 'plain':
      return plain
    case 'resumable':
      return resumable(showsInformational && fieldOf(options, 'creation') === 'optimistic')
    case 'tus':
      return tus((options ?? {}) as TusOptions)
    default:
      return pageProtocol(protocol, attempt, ask)
  }
}
