import { describeTransport } from '@holdfast/transport/conformance'
import { udpTransport } from '../../examples/udp-transport.ts'

describeTransport('the UDP transport of the examples', {
  capabilities: { ordered: false, reliable: false },
  createTransport: (identity, limits) =>
    udpTransport({ identity, ...(limits === undefined ? {} : { limits }) }),
})
