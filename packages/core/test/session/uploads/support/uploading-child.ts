/** A process that uploads to S3 in a background session until it is killed. Arguments: the URL, the file, the state directory, the session. */
import { s3Multipart, SessionConfiguration, URLSession } from 'urlsession'
import { presigned } from './signing.ts'

const [url = '', path = '', directory = '', identifier = ''] = process.argv.slice(2)
const protocol = s3Multipart({ sign: presigned() })
const session = new URLSession(
  SessionConfiguration.background(identifier, { directory, uploadProtocols: [protocol] }),
  {},
)
session.uploadTask(url, { path }, { protocol, chunkSize: 5 << 20, parallel: 1 }).resume()
