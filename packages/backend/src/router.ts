import { identityRouter } from "./identity/router.ts"
import { messageRouter } from "./message/router.ts"
import { pushRouter } from "./push/router.ts"
import { roomRouter } from "./room/router.ts"
import { router } from "./trpc.ts"

/** Everything that can be called. */
export const appRouter = router({
  identity: identityRouter,
  room: roomRouter,
  message: messageRouter,
  push: pushRouter,
})
export type AppRouter = typeof appRouter
