/**
 * How two processes tell each other who they are: the first frame in each direction. For adapters.
 *
 *     dialer                                   acceptor
 *       hello (who I am, whom I expect)  ---->
 *                                        <----  hello (who I am), or refusal (why not)
 *
 * The acceptor opens the channel when it has answered, the dialer when it has read the answer. Both
 * check the cluster: a dialer must not trust a stranger that says yes to everything.
 */
import { type Incarnation, isIncarnation, isNodeName, type NodeName } from '@holdfast/primitives'
import { z } from 'zod'
import { createCodec } from '../codec/codec.ts'
import type { TransportErrorCode } from '../errors.ts'
import type { PeerIdentity } from '../transport.ts'

/** The version of this exchange. Another one is refused, not guessed at. */
const VERSION = 1

/** The first frame of each direction is no longer than this. */
export const HELLO_BYTES_MAX = 1_024

interface Hello {
  readonly kind: 'hello'
  readonly version: typeof VERSION
  readonly identity: PeerIdentity
  readonly expects?: NodeName
}

type RefusalCode = Extract<TransportErrorCode, 'wrong-cluster' | 'wrong-peer' | 'refused'>

interface Refusal {
  readonly kind: 'refusal'
  readonly code: RefusalCode
}

const nodeName = z.custom<NodeName>(isNodeName)

const helloSchema: z.ZodType<Hello> = z.strictObject({
  kind: z.literal('hello'),
  version: z.literal(VERSION),
  identity: z.strictObject({
    cluster: nodeName,
    node: nodeName,
    incarnation: z.custom<Incarnation>(isIncarnation),
    role: z.enum(['peer', 'client']),
  }),
  expects: nodeName.exactOptional(),
})

const refusalSchema: z.ZodType<Refusal> = z.strictObject({
  kind: z.literal('refusal'),
  code: z.enum(['wrong-cluster', 'wrong-peer', 'refused']),
})

const answerSchema: z.ZodType<Hello | Refusal> = z.union([helloSchema, refusalSchema])

const codec = createCodec({ limits: { frameBytesMax: HELLO_BYTES_MAX } })

/** The dialer's first frame. */
export function helloFrame(local: PeerIdentity, expects?: NodeName): Uint8Array {
  const hello: Hello = { kind: 'hello', version: VERSION, identity: local, ...named(expects) }
  return codec.encode(hello)
}

export type HelloAnswer =
  | { readonly ok: true; readonly remote: PeerIdentity; readonly reply: Uint8Array }
  | { readonly ok: false; readonly code: RefusalCode; readonly reply: Uint8Array }

/** What the acceptor makes of the first frame. It sends `reply` either way; total for any bytes. */
export function answerHello(frame: Uint8Array, local: PeerIdentity): HelloAnswer {
  const hello = read(helloSchema, frame)
  if (hello === undefined) return refusal('refused')
  if (hello.identity.cluster !== local.cluster) return refusal('wrong-cluster')
  if (hello.expects !== undefined && hello.expects !== local.node) return refusal('wrong-peer')
  return { ok: true, remote: hello.identity, reply: helloFrame(local) }
}

export type AnswerRead =
  | { readonly ok: true; readonly remote: PeerIdentity }
  | { readonly ok: false; readonly code: RefusalCode }

/** What the dialer makes of the answer. Total for any bytes. */
export function readAnswer(frame: Uint8Array, local: PeerIdentity, expects?: NodeName): AnswerRead {
  const answer = read(answerSchema, frame)
  if (answer === undefined) return { ok: false, code: 'refused' }
  if (answer.kind === 'refusal') return { ok: false, code: answer.code }
  const remote = answer.identity
  if (remote.cluster !== local.cluster) return { ok: false, code: 'wrong-cluster' }
  if (expects !== undefined && remote.node !== expects) return { ok: false, code: 'wrong-peer' }
  // Only peers listen: a client that answers a dial is not what it says.
  return remote.role === 'peer' ? { ok: true, remote } : { ok: false, code: 'wrong-peer' }
}

function refusal(code: RefusalCode): HelloAnswer {
  const reply: Refusal = { kind: 'refusal', code }
  return { ok: false, code, reply: codec.encode(reply) }
}

function named(expects: NodeName | undefined): { readonly expects?: NodeName } {
  return expects === undefined ? {} : { expects }
}

function read<Value>(schema: z.ZodType<Value>, frame: Uint8Array): Value | undefined {
  const decoded = codec.decode(frame)
  return decoded.ok ? schema.safeParse(decoded.value).data : undefined
}
