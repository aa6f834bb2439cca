import { lossFaults } from "./faults.ts"
import { firstFigures } from "./firstFigures.ts"

firstFigures(lossFaults)
