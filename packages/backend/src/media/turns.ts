/** A few seats, given out in the order in which they were asked for: who needs all of them is not overtaken for ever. */
export const openTurns = (seats: number) => {
  const waiting: Array<{ readonly needs: number; readonly begin: () => void }> = []
  let free = seats

  const next = (): void => {
    for (let first = waiting[0]; first !== undefined && first.needs <= free; first = waiting[0]) {
      waiting.shift()
      free -= first.needs
      first.begin()
    }
  }

  const run = async <A>(needs: number, work: () => Promise<A>): Promise<A> => {
    try {
      return await work()
    } finally {
      free += needs
      next()
    }
  }

  const wait = <A>(needs: number, work: () => Promise<A>, isFirst: boolean): Promise<A> => {
    const turn = Promise.withResolvers<void>()
    const one = { needs, begin: turn.resolve }
    if (isFirst) waiting.unshift(one)
    else waiting.push(one)
    next()
    return turn.promise.then(() => run(needs, work))
  }

  return {
    /** Does some work in so many seats when it is its turn. */
    take: <A>(needs: number, work: () => Promise<A>): Promise<A> => wait(needs, work, false),
    /** The same, for who has waited already. */
    takeFirst: <A>(needs: number, work: () => Promise<A>): Promise<A> => wait(needs, work, true),
  }
}
