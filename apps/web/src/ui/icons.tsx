import type { JSX } from "solid-js"

/** A picture of lines in the colour of the text around it. */
export const icon = (paths: () => JSX.Element) => (props: { size?: number }) => (
  <svg
    class="icon"
    viewBox="0 0 24 24"
    width={props.size ?? 18}
    height={props.size ?? 18}
    fill="none"
    stroke="currentColor"
    stroke-width="1.75"
    stroke-linecap="round"
    stroke-linejoin="round"
    aria-hidden="true"
  >
    {paths()}
  </svg>
)

export const Hash = icon(() => <path d="M9.5 4 7.5 20M16.5 4l-2 16M4.5 9h16M3.5 15h16" />)
export const Lock = icon(() => (
  <>
    <rect x="5" y="11" width="14" height="9" rx="2" />
    <path d="M8 11V8a4 4 0 0 1 8 0v3" />
  </>
))
export const Bell = icon(() => (
  <>
    <path d="M6 16.5V11a6 6 0 0 1 12 0v5.5l1.5 1.5h-15z" />
    <path d="M10 20.5h4" />
  </>
))
export const Plus = icon(() => <path d="M12 5v14M5 12h14" />)
export const Search = icon(() => (
  <>
    <circle cx="11" cy="11" r="6.5" />
    <path d="m20 20-4.2-4.2" />
  </>
))
export const People = icon(() => (
  <>
    <circle cx="9" cy="8" r="3.5" />
    <path d="M2.5 20a6.5 6.5 0 0 1 13 0M16 4.8a3.5 3.5 0 0 1 0 6.4M18.5 14.2A6.5 6.5 0 0 1 21.5 20" />
  </>
))
export const Sliders = icon(() => <path d="M4 7h9M17 7h3M4 17h3M11 17h9M15 4.5v5M9 14.5v5" />)
export const Menu = icon(() => <path d="M4 7h16M4 12h16M4 17h10" />)
export const Dots = icon(() => <path d="M5 12h.01M12 12h.01M19 12h.01" stroke-width="2.6" />)
export const Smile = icon(() => (
  <>
    <circle cx="12" cy="12" r="8.5" />
    <path d="M8.5 14.2a4.2 4.2 0 0 0 7 0M9 9.7h.01M15 9.7h.01" />
  </>
))
export const Reply = icon(() => <path d="M9 8 4.5 12.5 9 17M5 12.5h9a5.5 5.5 0 0 1 5.5 5.5v1" />)
export const Pencil = icon(() => (
  <path d="m4.5 19.5.8-3.9L16 4.9a1.7 1.7 0 0 1 2.4 0l.7.7a1.7 1.7 0 0 1 0 2.4L8.4 18.7zM14 7l3 3" />
))
export const Close = icon(() => <path d="m6 6 12 12M18 6 6 18" />)
export const Down = icon(() => <path d="M12 5v14M6 13l6 6 6-6" />)
export const Up = icon(() => <path d="M12 19V5M6 11l6-6 6 6" />)
export const Send = icon(() => <path d="M12 19V5M5.5 11.5 12 5l6.5 6.5" stroke-width="2.2" />)
export const Leave = icon(() => (
  <path d="M14 4.5H7a1.5 1.5 0 0 0-1.5 1.5v12A1.5 1.5 0 0 0 7 19.5h7M10.5 12h10M17 8.5l3.5 3.5-3.5 3.5" />
))
export const Warning = icon(() => <path d="M12 4.5 21 19.5H3zM12 10.5v4M12 17h.01" />)
export const Picture = icon(() => (
  <>
    <rect x="3.5" y="5" width="17" height="14" rx="2" />
    <circle cx="9" cy="10" r="1.5" />
    <path d="m4 17 5-4 3 2.3 3.5-3.3 5 4.5" />
  </>
))
