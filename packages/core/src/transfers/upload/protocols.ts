/** The protocols of ours by name; any other is the session's own. */
import type { UploadProtocol } from '../../model/upload-protocol.ts'
import type { UploadState } from '../../storage/records.ts'
import type { Answer, UploadQuestion } from '../../wire/questions.ts'
import { pageProtocol } from './page-protocol.ts'
import { plain } from './plain.ts'

export function protocolOf(
  { protocol }: UploadState,
  _showsInformational: boolean,
  ask: (question: UploadQuestion) => Promise<Answer>,
): UploadProtocol {
  switch (protocol) {
    case 'plain':
      return plain
    default:
      return pageProtocol(protocol, ask)
  }
}
