import { describeTransport } from '@holdfast/transport/conformance'
import { webSocketTransport } from '@holdfast/transport-ws'

const tokens = { peer: 'the-token-of-all-peers', client: 'the-token-of-all-clients' }

describeTransport('the WebSocket transport', {
  capabilities: { ordered: true, reliable: true },
  createTransport: (identity, limits) =>
    webSocketTransport({
      identity,
      tokens,
      listen: { host: '127.0.0.1', port: 0 },
      ...(limits === undefined ? {} : { limits }),
    }),
})
