import { delayFaults } from "./faults.ts"
import { firstFigures } from "./firstFigures.ts"

firstFigures(delayFaults)
