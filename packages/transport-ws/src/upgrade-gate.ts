import type { IncomingMessage } from 'node:http'
import { TLSSocket } from 'node:tls'
import type { PeerRole } from '@holdfast/transport'
import { hostOfHeader, isLoopback } from './loopback.ts'
import { SUBPROTOCOLS, type Tokens } from './options.ts'
import { isBearerOf } from './token.ts'

export type GateVerdict =
  | { readonly ok: true; readonly role: PeerRole }
  | { readonly ok: false; readonly status: number; readonly reason: string }

export interface GateOptions {
  readonly tokens: Tokens
  /** True when it listens on loopback only: then the `Host` header must be a name of loopback. */
  readonly loopbackOnly: boolean
  /** True when peers must show a certificate. */
  readonly peersShowCertificate: boolean
}

const HEADERS_MAX = 32

type Rule = (request: IncomingMessage) => GateVerdict | undefined

const refuse = (status: number, reason: string): GateVerdict => ({ ok: false, status, reason })

/**
 * Decides about a request to upgrade before anything is made from it. In this order, so that a web
 * page learns nothing, not even whether its token is right:
 *
 * 1. Browsers are refused by their `Origin`, whatever it says, `null` included.
 * 2. On loopback only names of loopback are served: a rebound DNS name is somebody else's.
 * 3. No extension (compression lets a few bytes become many), one known subprotocol.
 * 4. The token of that role; for peers, with an authority, a certificate as well.
 */
export function createGate(options: GateOptions): (request: IncomingMessage) => GateVerdict {
  const rules: readonly Rule[] = [
    checkBrowser,
    (request) => (options.loopbackOnly ? checkHost(request) : undefined),
    checkForm,
  ]
  return (request) => {
    for (const rule of rules) {
      const refused = rule(request)
      if (refused !== undefined) return refused
    }
    return admit(request, options)
  }
}

function checkBrowser(request: IncomingMessage): GateVerdict | undefined {
  const { headers } = request
  const fromBrowser =
    headers.origin !== undefined ||
    headers['sec-websocket-origin'] !== undefined ||
    headers['sec-fetch-mode'] !== undefined
  return fromBrowser ? refuse(403, 'browsers are not served') : undefined
}

function checkHost(request: IncomingMessage): GateVerdict | undefined {
  const host = hostOfHeader(request.headers.host ?? '')
  if (host !== undefined && isLoopback(host)) return undefined
  return refuse(403, 'the Host header names another machine')
}

function checkForm(request: IncomingMessage): GateVerdict | undefined {
  const { headers, rawHeaders } = request
  if (rawHeaders.length > 2 * HEADERS_MAX) return refuse(431, 'too many headers')
  if (request.url !== '/') return refuse(404, 'nothing is served under this path')
  if (headers['sec-websocket-version'] !== '13') return refuse(400, 'unknown WebSocket version')
  if (headers['sec-websocket-extensions'] !== undefined) {
    return refuse(400, 'WebSocket extensions are not spoken')
  }
  return undefined
}

function admit(request: IncomingMessage, options: GateOptions): GateVerdict {
  const { headers, socket } = request
  const role = roleOf(headers['sec-websocket-protocol'])
  if (role === undefined) return refuse(400, 'no known subprotocol was asked for')
  const token = options.tokens[role]
  if (token === undefined || !isBearerOf(headers.authorization, token)) {
    return refuse(401, `the token of a ${role} is missing or wrong`)
  }
  const certified = socket instanceof TLSSocket && socket.authorized
  if (role === 'peer' && options.peersShowCertificate && !certified) {
    return refuse(401, 'a peer must show a certificate of the authority')
  }
  return { ok: true, role }
}

function roleOf(subprotocol: string | undefined): PeerRole | undefined {
  if (subprotocol === SUBPROTOCOLS.peer) return 'peer'
  return subprotocol === SUBPROTOCOLS.client ? 'client' : undefined
}
