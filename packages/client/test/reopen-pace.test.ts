import { expect, test } from 'vitest'
import { setting } from './setting.ts'

test('sessions that end soon one after the other are opened with longer and longer pauses', async () => {
  const given = await setting()
  const { node, cluster } = given
  const acquiring = cluster.lockspace('orders').acquire('x')
  const outcome = acquiring.catch((error: unknown) => error)
  const cutting = (async () => {
    while (node.sessions < 5) {
      await node.next('request')
      node.cut('turned away')
    }
  })()
  const began = performance.now()
  await cutting
  // At once, and then after 50, 100 and 200 ms.
  expect(performance.now() - began).toBeGreaterThan(300)
  await cluster.close()
  expect(await outcome).toMatchObject({ code: 'session-closed' })
})
