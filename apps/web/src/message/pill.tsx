import { Show } from "solid-js"
import { Down } from "../ui/icons.tsx"

/** The way back to the newest message, with what has come since. */
export const Pill = (props: { shown: boolean; fresh: number; onPress: () => void }) => (
  <Show when={props.shown}>
    <button type="button" class="pill" classList={{ "pill-new": props.fresh > 0 }} onClick={() => props.onPress()}>
      {props.fresh > 0 ? `${props.fresh} new` : "Jump to present"} <Down size={15} />
    </button>
  </Show>
)
