import type { Push } from "@roomlog/client"
import type { Device, Notify, RoomId } from "@roomlog/schemas"
import { roomId } from "./cast.ts"

/** Notifications of the canned server, and what it was told of them. */
export const fakePush = (later: <T>(value: T) => Promise<T>) => {
  const devices: Device[] = []
  const attended: (RoomId | null)[] = []
  const rules = new Map<RoomId, Notify>([[roomId(2), "all"]])
  const push: Push = {
    key: () => later(key),
    subscribe: async (device) => {
      await later(null)
      devices.push(device)
    },
    unsubscribe: async (device) => {
      await later(null)
      devices.splice(0, devices.length, ...devices.filter((one) => addressOf(one) !== addressOf(device)))
    },
    rules: () => later([...rules].map(([room, notify]) => ({ room, notify }))),
    setRule: async (room, notify) => {
      await later(null)
      rules.set(room, notify)
    },
    attend: async (room) => void attended.push(room),
  }
  return { push, devices, attended, rules }
}

const addressOf = (device: Device): string => (device.kind === "web" ? device.endpoint : device.token)

/** A point of P-256, as every VAPID key is. */
const key = "BNcRdreALRFXTkOOUHK1EtK2wtaz5Ry4YfYCA_0QTpQtUbVlUls0VJXg7A8u-Ts1XbjhazAkj7I99e8QcYP7DkM"
