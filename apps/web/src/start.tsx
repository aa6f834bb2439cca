import type { Roomlog } from "@roomlog/client"
import { render } from "solid-js/web"
import { App } from "./app.tsx"
import "./styles/index.css"

/** Shows the chat of a connection on the page. */
export const start = (roomlog: Roomlog): void => {
  const place = document.getElementById("app")
  if (place !== null) render(() => <App roomlog={roomlog} />, place)
}
