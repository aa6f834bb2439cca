import { connect } from "@roomlog/client"
import { start } from "./start.tsx"

start(connect({ url: location.origin, store: localStorage }))
