/**
 * Carries short messages between the nodes of one Roomlog. It may lose, delay, repeat and reorder them; the log's
 * readers make that good from the database. Nothing here throws or waits.
 */
export interface Carrier {
  /** Sends to every other node that hears the topic: at most once, and not to this one. */
  readonly tell: (topic: string, message: string) => void
  /** Calls back with what others tell. Returns how to stop. */
  readonly hear: (topic: string, heard: (message: string) => void) => () => void
  /** Calls back whenever hearing began, or began again after a loss: what was told before may have been missed. */
  readonly onDoubt: (doubt: () => void) => () => void
  /** True when a message costs only the nodes that hear its topic: then events themselves are carried, not just heads. */
  readonly byTopic: boolean
}

/** For a node that is alone. */
export const alone: Carrier = {
  tell: () => undefined,
  hear: () => () => undefined,
  onDoubt: () => () => undefined,
  byTopic: false,
}
