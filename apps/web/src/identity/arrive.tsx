import { createSignal, Show } from "solid-js"
import { useChat } from "../context.ts"
import { addressOf, canonical } from "../room/address.ts"
import { refusal } from "./rejection.ts"
import { remember, remembered } from "./remembered.ts"

/** The one screen before the chat: a name and a room, or only a name where the address says the room. */
const Arrive = () => {
  const { roomlog, address, go } = useChat()
  const [name, setName] = createSignal(remembered("name"))
  const [room, setRoom] = createSignal(remembered("room") || "lobby")
  const [problem, setProblem] = createSignal<string | null>(null)
  const [suggestion, setSuggestion] = createSignal<string | null>(null)
  const [busy, setBusy] = createSignal(false)
  const invited = () => address().room
  const enter = async (as: string) => {
    const into = invited() ?? canonical(room())
    setProblem(as.trim() === "" ? "Say who you are." : into === "" ? "Say which room." : null)
    setSuggestion(null)
    if (problem() !== null) return
    setBusy(true)
    try {
      if (invited() === null) go(addressOf(into), true)
      await roomlog.signIn(as.trim())
      remember("name", as.trim())
    } catch (failure) {
      setProblem(failure instanceof Error ? failure.message : "That did not work.")
      setSuggestion(refusal(failure, "NameInUse")?.suggestion ?? null)
    } finally {
      setBusy(false)
    }
  }
  return (
    <main class="arrive">
      <form
        class="arrive-card form"
        onSubmit={(event) => {
          event.preventDefault()
          void enter(name())
        }}
      >
        <div class="arrive-brand">
          <img src="/favicon.svg" alt="" width="40" height="40" />
          <h1>
            <Show when={invited()} fallback="Roomlog">
              {(name) => <>#{name()}</>}
            </Show>
          </h1>
          <p>{invited() === null ? "Talk in a room. Pick a name and come in." : "Pick a name and come in."}</p>
        </div>
        <label class="labelled">
          Your name
          <input
            class="field"
            name="username"
            value={name()}
            autofocus
            required
            maxLength={64}
            autocomplete="nickname"
            enterkeyhint="go"
            aria-invalid={problem() !== null}
            aria-describedby="arrive-problem"
            onInput={(event) => setName(event.currentTarget.value)}
          />
        </label>
        <Show when={invited() === null}>
          <label class="labelled">
            Room
            <input
              class="field"
              name="room_name"
              value={room()}
              required
              maxLength={64}
              autocomplete="off"
              autocapitalize="none"
              enterkeyhint="go"
              onInput={(event) => setRoom(event.currentTarget.value)}
            />
            <span class="hint">A room that does not exist yet opens with you.</span>
          </label>
        </Show>
        <div id="arrive-problem" role="alert">
          <Show when={problem()}>
            {(says) => (
              <p class="problem">
                {says()}
                <Show when={suggestion()}>
                  {(free) => (
                    <button
                      type="button"
                      class="button quiet"
                      onClick={() => {
                        setName(free())
                        void enter(free())
                      }}
                    >
                      Come in as {free()}
                    </button>
                  )}
                </Show>
              </p>
            )}
          </Show>
        </div>
        <button type="submit" class="button" disabled={busy()}>
          {busy() ? "Coming in…" : "Come in"}
        </button>
      </form>
    </main>
  )
}
export default Arrive
