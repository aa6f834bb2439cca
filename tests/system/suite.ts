import { afterAll, afterEach, beforeAll, describe } from "vitest"
import { badInput } from "./badInput.ts"
import { Doors, type System } from "./doors.ts"
import { images } from "./images.ts"
import { live } from "./live.ts"
import { messages } from "./messages.ts"
import { oldClients } from "./oldClients.ts"
import { people } from "./people.ts"
import { rooms } from "./rooms.ts"

/** Everything that Roomlog promises to who stands before its doors, whatever stands behind them. */
export const systemSuite = (name: string, start: () => Promise<System>) =>
  describe(`Roomlog on ${name}`, () => {
    const doors = new Doors()
    beforeAll(() => doors.open(start()))
    afterEach(() => doors.everybodyLeaves())
    afterAll(() => doors.close())
    people(doors)
    rooms(doors)
    messages(doors)
    live(doors)
    oldClients(doors)
    images(doors)
    badInput(doors)
  })
