/** Hears which message was opened from a notification while the page was there. Gives the way to stop. */
export const onOpened = (go: (path: string) => void): (() => void) => {
  if (!("serviceWorker" in navigator)) return () => {}
  const worker = navigator.serviceWorker
  const heard = ({ data }: MessageEvent<{ readonly _tag?: string; readonly url?: unknown } | null>) => {
    if (data?._tag === "Open" && typeof data.url === "string" && /^\/(?!\/)/.test(data.url)) go(data.url)
  }
  worker.addEventListener("message", heard)
  worker.startMessages()
  return () => worker.removeEventListener("message", heard)
}
