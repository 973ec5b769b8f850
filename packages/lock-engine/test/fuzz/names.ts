/** Resources are drawn as paths: `a/b` is below `a`. */

export function depthOf(resource: string): number {
  return resource.split('/').length
}

export function aboveOf(resource: string): string {
  return resource.split('/').slice(0, -1).join('/')
}
