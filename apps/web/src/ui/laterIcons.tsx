import { icon } from "./icons.tsx"

export const Trash = icon(() => (
  <path d="M4.5 7h15M9.5 7V5a1 1 0 0 1 1-1h3a1 1 0 0 1 1 1v2M6.5 7l.8 11.6A1.5 1.5 0 0 0 8.8 20h6.4a1.5 1.5 0 0 0 1.5-1.4L17.5 7M10.5 11v5M13.5 11v5" />
))
export const Copy = icon(() => (
  <>
    <rect x="9" y="9" width="11" height="11" rx="2" />
    <path d="M15 9V6a2 2 0 0 0-2-2H6a2 2 0 0 0-2 2v7a2 2 0 0 0 2 2h3" />
  </>
))
export const Link = icon(() => (
  <path d="M10 14a4 4 0 0 0 6 .4l3-3a4 4 0 0 0-5.7-5.7L12 7M14 10a4 4 0 0 0-6-.4l-3 3a4 4 0 0 0 5.7 5.7L12 17" />
))
export const Undo = icon(() => <path d="M8.5 5 4.5 9l4 4M5 9h8.5a5.5 5.5 0 0 1 0 11H9" />)
export const Left = icon(() => <path d="m14.5 5-7 7 7 7" />)
export const Right = icon(() => <path d="m9.5 5 7 7-7 7" />)
export const Download = icon(() => <path d="M12 4v11M7 10.5l5 5 5-5M5 20h14" />)
