import type { NoticeView, UserId } from "@roomlog/schemas"

type NameOf = (user: UserId) => string

/** What happened in the room, as one sentence. Several notices are comings and goings. */
export const sentence = (notices: ReadonlyArray<NoticeView>, nameOf: NameOf): string => {
  const [only] = notices
  return notices.length === 1 && only !== undefined ? single(only, nameOf) : passages(notices, nameOf)
}

const single = ({ by, event }: NoticeView, nameOf: NameOf): string => {
  const who = nameOf(by)
  switch (event._tag) {
    case "RoomCreated":
      return `${who} opened #${event.name}`
    case "RoomRenamed":
      return `${who} renamed the room to #${event.name}`
    case "TopicSet":
      return event.topic === "" ? `${who} cleared the topic` : `${who} set the topic: ${event.topic}`
    case "InvitationRenewed":
      return `${who} renewed the invitation`
    case "MemberJoined":
      return `${nameOf(event.user)} joined`
    case "MemberLeft":
      return `${nameOf(event.user)} left`
    case "MemberRemoved":
      return `${who} removed ${nameOf(event.user)}`
    case "RoleGiven":
      return `${who} made ${nameOf(event.user)} ${event.role === "owner" ? "an owner" : `a ${event.role}`}`
    default:
      return `${who} did something that this page is too old to show. Load it again.`
  }
}

/** Each person is told once: came, went, or both. */
const passages = (notices: ReadonlyArray<NoticeView>, nameOf: NameOf): string => {
  const steps = new Map<UserId, string>()
  for (const { event } of notices) {
    if (event._tag === "MemberJoined") steps.set(event.user, `${steps.get(event.user) ?? ""}+`)
    if (event._tag === "MemberLeft") steps.set(event.user, `${steps.get(event.user) ?? ""}-`)
  }
  const those = (fits: (step: string) => boolean) =>
    [...steps].filter(([, step]) => fits(step)).map(([user]) => nameOf(user))
  return [
    told(
      those((step) => step.endsWith("+") && step.startsWith("+")),
      "joined",
    ),
    told(
      those((step) => step.endsWith("-") && step.startsWith("-")),
      "left",
    ),
    told(
      those((step) => step.startsWith("+") && step.endsWith("-")),
      "came and went",
    ),
    told(
      those((step) => step.startsWith("-") && step.endsWith("+")),
      "came back",
    ),
  ]
    .filter((part) => part !== "")
    .join(", ")
}

const told = (names: ReadonlyArray<string>, did: string): string =>
  names.length === 0 ? "" : `${enumerated(names)} ${did}`

/** Up to two names, then a count: "Ada, Bo and 3 others". */
export const enumerated = (names: ReadonlyArray<string>): string => {
  const [first = "", second = "", third = ""] = names
  if (names.length <= 1) return first
  if (names.length === 2) return `${first} and ${second}`
  return names.length === 3 ? `${first}, ${second} and ${third}` : `${first}, ${second} and ${names.length - 2} others`
}
