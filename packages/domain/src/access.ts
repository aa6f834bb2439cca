import type { Role, Visibility } from "@roomlog/schemas"

const ranks = { owner: 3, moderator: 2, member: 1 } as const satisfies Record<Role, number>

/** Who may read a room: the one place that says so, for history, feed, bridge and media alike. */
export const mayRead = (room: { readonly visibility: Visibility }, role: Role | undefined): boolean =>
  room.visibility === "public" || role !== undefined

/** Whether a role, if any, includes what `needed` may do. */
export const isAtLeast = (role: Role | undefined, needed: Role): boolean =>
  role !== undefined && ranks[role] >= ranks[needed]

/** Whether a role stands above another one. */
export const outranks = (role: Role, other: Role): boolean => ranks[role] > ranks[other]
