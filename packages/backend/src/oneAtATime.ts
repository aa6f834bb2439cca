/** Does some work one run at a time. Whoever asks during a run shares the next one, which begins after they asked. */
export const oneAtATime = (work: () => Promise<void>): (() => Promise<void>) => {
  let running: Promise<void> | undefined
  let next: Promise<void> | undefined
  const begin = (): Promise<void> => {
    running = work().finally(() => {
      running = undefined
    })
    return running
  }
  const after = async (before: Promise<void>): Promise<void> => {
    await before.catch(() => undefined)
    next = undefined
    return begin()
  }
  return () => {
    if (running === undefined) return begin()
    next ??= after(running)
    return next
  }
}
