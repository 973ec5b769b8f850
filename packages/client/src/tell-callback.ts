/**
 * Runs a callback, which may be asynchronous. Its error has no caller that could catch it, so it goes
 * where the application said.
 */
export function tellCallback(callback: () => unknown, onError: (error: unknown) => void): void {
  new Promise((resolve) => resolve(callback())).catch(onError)
}
