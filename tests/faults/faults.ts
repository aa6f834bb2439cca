import { badNetwork } from "./badNetwork.ts"
import { deafNodes, deafToNats } from "./deafNodes.ts"
import type { Fault } from "./fault.ts"
import { fullFolder } from "./fullFolder.ts"
import { heldHorizon } from "./heldHorizon.ts"
import { killedDatabase } from "./killedDatabase.ts"
import { killedEmbedded } from "./killedEmbedded.ts"
import { killedNode } from "./killedNode.ts"
import { newerNode } from "./newerNode.ts"
import { refusing } from "./refusing.ts"
import { restoredBackup } from "./restoredBackup.ts"
import { secondProcess } from "./secondProcess.ts"
import { slowReaders } from "./slowReaders.ts"
import { storm } from "./storm.ts"
import { wrongClocks } from "./wrongClocks.ts"

/** Of the embedded database. */
export const embeddedFaults: ReadonlyArray<Fault> = [killedEmbedded, secondProcess, fullFolder]

/** Of nodes on Postgres, where nothing is to be lost, however long it takes. */
export const lossFaults: ReadonlyArray<Fault> = [
  killedNode,
  killedDatabase,
  badNetwork,
  refusing,
  wrongClocks,
  newerNode,
  restoredBackup,
]

/** Those that tell how long something takes, and must be alone for it. */
export const delayFaults: ReadonlyArray<Fault> = [heldHorizon, deafNodes, deafToNats, storm, slowReaders]

/** Every fault there is, in the order of the design's table. */
export const faults: ReadonlyArray<Fault> = [...embeddedFaults, ...lossFaults, ...delayFaults].sort(
  (a, b) => Number.parseInt(a.id.slice(1), 10) - Number.parseInt(b.id.slice(1), 10),
)
