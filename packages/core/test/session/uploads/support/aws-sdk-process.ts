/** The AWS SDK in a process of its own: a test runner finds the build of it that is for bundlers, which Node cannot load. */
import {
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  GetObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3'
import { AbortMultipartUploadCommand, HeadObjectCommand, ListPartsCommand, UploadPartCommand } from '@aws-sdk/client-s3'
import { getSignedUrl } from '@aws-sdk/s3-request-presigner'

/** What is asked for: a command, to be sent or to be presigned. */
export interface AWSOrder {
  readonly number: number
  readonly endpoint: string
  readonly secret: string
  readonly command: keyof typeof commands
  readonly input: Readonly<Record<string, unknown>>
  readonly presign: boolean
}

export type AWSOutcome = { readonly number: number } & (
  | { readonly output: Record<string, unknown> }
  | { readonly error: string }
)

const commands = {
  AbortMultipartUpload: AbortMultipartUploadCommand,
  CompleteMultipartUpload: CompleteMultipartUploadCommand,
  CreateMultipartUpload: CreateMultipartUploadCommand,
  GetObject: GetObjectCommand,
  HeadObject: HeadObjectCommand,
  ListParts: ListPartsCommand,
  UploadPart: UploadPartCommand,
}

async function run({ endpoint, secret, command, input, presign }: AWSOrder): Promise<Record<string, unknown>> {
  const client = new S3Client({
    endpoint,
    region: 'eu-central-1',
    forcePathStyle: true,
    credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: secret },
    maxAttempts: 1,
    requestChecksumCalculation: presign ? 'WHEN_REQUIRED' : 'WHEN_SUPPORTED',
  })
  const Command = commands[command] as unknown as typeof GetObjectCommand
  const made = new Command(input as never)
  if (presign) return { url: await getSignedUrl(client, made) }
  const { Body, $metadata, ...output } = await client.send(made)
  void $metadata
  return { ...output, ...(Body && { Body: await Body.transformToByteArray() }) }
}

process.on('message', (order: AWSOrder) => {
  const { number } = order
  run(order).then(
    (output) => process.send?.({ number, output } satisfies AWSOutcome),
    (error: Error) => process.send?.({ number, error: error.name } satisfies AWSOutcome),
  )
})
