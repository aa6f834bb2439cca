import { embeddedFaults } from "./faults.ts"
import { firstFigures } from "./firstFigures.ts"

firstFigures(embeddedFaults)
