/** Milliseconds that a closing handshake may take. */
const patience = 1_000

/**
 * A WebSocket that is closed soon after `close()`, whether the other side answers or not. The built-in ones wait for
 * the other side, half a minute if need be, and a dead connection never answers.
 */
export const impatient = (Base: typeof WebSocket): typeof WebSocket =>
  class extends Base {
    override close(code?: number, reason?: string): void {
      super.close(code, reason)
      if (this.readyState === Base.CLOSED) return
      const timer = setTimeout(() => giveUp(this), patience)
      this.addEventListener("close", () => clearTimeout(timer))
    }
  }

const giveUp = (socket: WebSocket & { readonly terminate?: () => void }): void => {
  if (socket.terminate !== undefined) socket.terminate()
  else socket.dispatchEvent(new CloseEvent("close", { code: 1006, reason: "no answer" }))
}
