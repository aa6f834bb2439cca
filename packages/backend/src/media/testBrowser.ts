import { type ClientRequest, request } from "node:http"
import { json } from "node:stream/consumers"

/** What a test does to the network of `XMLHttpRequest`. */
export const network: { beforeChunk: (sent: number) => Promise<void> } = { beforeChunk: async () => {} }

/** As much of a browser's XMLHttpRequest as UploadThing's client uses, over node:http. */
export class NodeXmlHttpRequest extends EventTarget {
  readonly upload = new EventTarget()
  responseType = ""
  response: unknown = null
  status = 0
  statusText = ""
  #method = ""
  #url = ""
  #headers: Record<string, string> = {}
  #request: ClientRequest | undefined
  #isAborted = false

  open(method: string, url: string): void {
    this.#method = method
    this.#url = url
  }

  setRequestHeader(name: string, value: string): void {
    this.#headers[name] = value
  }

  send(form: FormData): void {
    this.#sendAll(form).catch(() => this.#isAborted || this.dispatchEvent(new Event("error")))
  }

  abort(): void {
    this.#isAborted = true
    this.#request?.destroy()
  }

  async #sendAll(form: FormData): Promise<void> {
    const encoded = new Response(form)
    const body = Buffer.from(await encoded.arrayBuffer())
    const headers = { ...this.#headers, "content-type": encoded.headers.get("content-type")! }
    const answered = Promise.withResolvers<void>()
    this.#request = request(this.#url, {
      method: this.#method,
      headers: { ...headers, "content-length": body.length },
    })
    this.#request.on("error", answered.reject)
    this.#request.on("response", async (response) => {
      this.status = response.statusCode ?? 0
      this.statusText = response.statusMessage ?? ""
      this.response = await json(response)
      this.dispatchEvent(new Event("load"))
      answered.resolve()
    })
    await Promise.all([this.#sendBody(body), answered.promise])
  }

  async #sendBody(body: Buffer): Promise<void> {
    for (let sent = 0; sent < body.length; sent += 16_384) {
      await network.beforeChunk(sent)
      const chunk = body.subarray(sent, sent + 16_384)
      await new Promise<void>((resolve) => this.#request?.write(chunk, () => resolve()))
      this.upload.dispatchEvent(Object.assign(new Event("progress"), { loaded: sent + chunk.length }))
    }
    this.#request?.end()
  }
}
