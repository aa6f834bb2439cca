import { type Dialect, opened } from "./dialect.ts"

const host = "localhost"

/** XMPP over WebSocket (RFC 7395), without a name to sign in with, in rooms of XEP-0045. */
export const xmpp: Dialect = {
  enter: async (url, { room, index }) => {
    const { socket, next } = await opened(url, { protocol: "xmpp" })
    const ask = (stanza: string, answer: string): Promise<string> => {
      const heard = next((frame) => frame.includes(answer))
      socket.send(stanza)
      return heard
    }
    const open = `<open xmlns="urn:ietf:params:xml:ns:xmpp-framing" to="${host}" version="1.0"/>`
    const address = `room-${room}@conference.${host}`
    await ask(open, "<mechanism>ANONYMOUS")
    await ask(`<auth xmlns="urn:ietf:params:xml:ns:xmpp-sasl" mechanism="ANONYMOUS"/>`, "<success")
    await ask(open, "urn:ietf:params:xml:ns:xmpp-bind")
    await ask(`<iq type="set" id="bind"><bind xmlns="urn:ietf:params:xml:ns:xmpp-bind"/></iq>`, "<jid>")
    // The subject comes last of what a room tells a newcomer.
    await ask(
      `<presence to="${address}/person-${index}"><x xmlns="http://jabber.org/protocol/muc"/></presence>`,
      "<subject",
    )
    return {
      socket,
      say: (text) =>
        socket.send(`<message xmlns="jabber:client" to="${address}" type="groupchat"><body>${text}</body></message>`),
    }
  },
  answers: (_socket, frame) => {
    if (frame.includes('type="error"') || frame.includes("type='error'")) throw new Error(frame)
    return !frame.includes("<body")
  },
}
