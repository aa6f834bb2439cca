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

/** Every fault there is, in the order of the design's table. */
export const faults: ReadonlyArray<Fault> = [
  killedNode,
  killedDatabase,
  badNetwork,
  killedEmbedded,
  secondProcess,
  heldHorizon,
  refusing,
  fullFolder,
  wrongClocks,
  newerNode,
  restoredBackup,
  deafNodes,
  deafToNats,
  storm,
  slowReaders,
]

/** Those of the embedded database, which is checked, not measured: other work beside them does not matter. */
export const embeddedFaults: ReadonlyArray<Fault> = [killedEmbedded, secondProcess, fullFolder]
