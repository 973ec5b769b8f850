import type { Packet } from '@holdfast/node/machine'
import type { Incarnation } from '@holdfast/primitives'
import { createPacketCodec } from '@holdfast/transport'
import { Violation } from './checkers/checker.ts'

/** What travels: a packet as a value, or as the frames of the real codec. */
export type Carried =
  | { readonly kind: 'value'; readonly packet: Packet }
  | {
      readonly kind: 'frames'
      readonly to: Incarnation | undefined
      readonly frames: readonly Uint8Array[]
    }

/** How packets travel in this world. Values are shared, never copied: nobody may change one. */
export interface PacketPath {
  pack(packet: Packet): readonly Carried[]
  unpack(carried: Carried): readonly Packet[]
}

export interface PacketPathOptions {
  /** Through the real codec. */
  readonly codec: boolean
  /** Each datagram and the link part by itself, as any adapter may do: they are lost one by one. */
  readonly split: boolean
}

export function createPacketPath(options: PacketPathOptions): PacketPath {
  if (!options.codec) {
    const carry = (packet: Packet): Carried => ({ kind: 'value', packet })
    return {
      pack: (packet) => (options.split ? split(packet).map(carry) : [carry(packet)]),
      unpack: (carried) => (carried.kind === 'value' ? [carried.packet] : []),
    }
  }
  const codec = createPacketCodec()
  return {
    pack({ to, ...packet }) {
      const { frames, oversized } = codec.encode(packet)
      if (oversized.length > 0) throw new Violation('codec', 'a message does not fit into a frame')
      return options.split
        ? frames.map((frame) => ({ kind: 'frames', to, frames: [frame] }))
        : [{ kind: 'frames', to, frames }]
    },
    unpack(carried) {
      if (carried.kind === 'value') return [carried.packet]
      return carried.frames.map((frame) => {
        const decoded = codec.decode(frame)
        if (!decoded.ok)
          throw new Violation('codec', `an honest frame was refused: ${decoded.reason}`)
        return carried.to === undefined ? decoded.value : { ...decoded.value, to: carried.to }
      })
    },
  }
}

function split({ datagrams, ...rest }: Packet): readonly Packet[] {
  const apart: Packet[] = datagrams.map((datagram) => ({ datagrams: [datagram] }))
  if (rest.link !== undefined) apart.push({ datagrams: [], ...rest })
  return apart
}
