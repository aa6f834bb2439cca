import type { Visibility } from "@roomlog/schemas"
import { createSignal, Show } from "solid-js"
import { useChat } from "../context.ts"
import { Dialog } from "../ui/dialog.tsx"
import { addressOf, canonical } from "./address.ts"

/** Opens a room, for everybody or by invitation only; a name that is taken leads to that room. */
const NewRoom = (props: { onClose: () => void }) => {
  const { roomlog, rooms, go } = useChat()
  const [name, setName] = createSignal("")
  const [topic, setTopic] = createSignal("")
  const [visibility, setVisibility] = createSignal<Visibility>("public")
  const [problem, setProblem] = createSignal<string | null>(null)
  const [busy, setBusy] = createSignal(false)
  let form!: HTMLFormElement
  const wanted = () => canonical(name())
  const known = () => rooms().find((room) => room.name === wanted())
  const submit = async (event: SubmitEvent) => {
    event.preventDefault()
    if (wanted() === "") return void setProblem("A room needs a name.")
    setBusy(true)
    try {
      if (known() === undefined)
        await roomlog.rooms.create({ name: wanted(), topic: topic().trim(), visibility: visibility() })
      form.closest("dialog")?.close()
      go(addressOf(wanted()))
    } catch (failure) {
      setProblem(failure instanceof Error ? failure.message : "That did not work.")
    } finally {
      setBusy(false)
    }
  }
  const option = (value: Visibility, title: string, says: string) => (
    <label class="option">
      <input type="radio" name="visibility" checked={visibility() === value} onChange={() => setVisibility(value)} />
      <span>
        <b>{title}</b>
        <span class="soft">{says}</span>
      </span>
    </label>
  )
  return (
    <Dialog title="New room" onClose={props.onClose}>
      <form ref={form} class="form" onSubmit={submit}>
        <label class="labelled">
          Name
          <input
            class="field"
            autofocus
            maxLength={64}
            autocomplete="off"
            placeholder="harbour"
            onInput={(event) => setName(event.currentTarget.value)}
          />
        </label>
        <Show when={known() === undefined}>
          <label class="labelled">
            <span>
              Topic <span class="soft">optional</span>
            </span>
            <input
              class="field"
              maxLength={250}
              autocomplete="off"
              placeholder="What it is about"
              onInput={(event) => setTopic(event.currentTarget.value)}
            />
          </label>
          <fieldset class="options">
            <legend>Who can read it</legend>
            {option("public", "Public", "Everybody on this server.")}
            {option("private", "Private", "Those who get the invitation link.")}
          </fieldset>
        </Show>
        <Show when={problem()}>
          {(says) => (
            <p class="problem" role="alert">
              {says()}
            </p>
          )}
        </Show>
        <button type="submit" class="button" disabled={busy()}>
          {known() === undefined ? "Open the room" : `Go to #${wanted()}`}
        </button>
      </form>
    </Dialog>
  )
}
export default NewRoom
