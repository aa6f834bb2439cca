import { embeddedFaults, faults } from "./faults.ts"
import { firstFigures } from "./firstFigures.ts"

firstFigures(faults.filter((fault) => !embeddedFaults.includes(fault)))
