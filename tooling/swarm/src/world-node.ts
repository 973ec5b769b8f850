import type { NodeInput, NodeMachine, NodeOutput } from '@holdfast/node/machine'
import type { SimNode } from '@holdfast/simulator'

export type WorldNode = SimNode<NodeInput, NodeOutput, NodeMachine>
