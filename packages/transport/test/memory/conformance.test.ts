import { createRandom } from '@holdfast/primitives'
import { describeTransport } from '@holdfast/transport/conformance'
import { createMemoryNetwork, faultyRule } from '@holdfast/transport/memory'

const good = createMemoryNetwork()

describeTransport('the memory transport', {
  capabilities: { ordered: true, reliable: true },
  createTransport: (identity, limits) => good.transport(identity, limits),
})

const rule = faultyRule(createRandom(11), { loss: 20, repeat: 20, delayTurnsMax: 5 })
const bad = createMemoryNetwork({ rule })

describeTransport('the memory transport on a bad network', {
  capabilities: { ordered: false, reliable: false },
  createTransport: (identity, limits) => bad.transport(identity, limits),
})
