import { BlockList, isIP } from 'node:net'

const LOOPBACK = new BlockList()
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4')
LOOPBACK.addAddress('::1', 'ipv6')

/** True for `localhost` and for addresses that never leave this machine. */
export function isLoopback(host: string): boolean {
  const bare = host.startsWith('[') && host.endsWith(']') ? host.slice(1, -1) : host
  const family = isIP(bare)
  if (family === 0) return bare.toLowerCase() === 'localhost'
  return LOOPBACK.check(bare, family === 6 ? 'ipv6' : 'ipv4')
}

/** The host of a `Host` header, without its port; `undefined` when it is not one. */
export function hostOfHeader(header: string): string | undefined {
  const match = /^(\[[0-9a-fA-F:.]{2,45}\]|[a-zA-Z0-9.-]{1,253})(?::\d{1,5})?$/.exec(header)
  return match?.[1]
}
