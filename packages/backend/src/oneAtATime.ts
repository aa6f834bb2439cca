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
  const after = async (before: Promise<void> | undefined): Promise<void> => {
    await before?.catch(() => undefined)
    next = undefined
    return begin()
  }
  return () => {
    // A next one may be due though none is running: it hears a little later than others that the last one is over.
    if (running === undefined && next === undefined) return begin()
    next ??= after(running)
    return next
  }
}
