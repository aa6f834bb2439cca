export interface EmojiEntry {
  readonly emoji: string
  /** What people search for. */
  readonly name: string
}

const group = (title: string, entries: string) => ({
  title,
  emoji: entries.split("|").map((entry): EmojiEntry => {
    const [emoji = "", ...words] = entry.trim().split(" ")
    return { emoji, name: words.join(" ") }
  }),
})

/** Common emoji, each fully qualified, with words to find it by. */
export const emojiGroups = [
  group(
    "Often",
    "👍 thumbs up yes agree|❤️ heart love|😂 tears of joy laugh|🎉 party celebrate tada|👀 eyes look|🙏 thanks please|✅ done check|🔥 fire hot|👏 clap applause|😮 surprised wow|😢 sad cry|💯 hundred perfect",
  ),
  group(
    "Faces",
    "😀 grin happy|😃 smile open|😄 smile eyes|😁 beam|😅 sweat smile relief|🤣 rolling laugh|😊 blush smile|🙂 slight smile|🙃 upside down|😉 wink|😍 heart eyes|😘 kiss|😋 yum|😜 tongue wink|🤪 zany crazy|🤔 thinking hmm|🤨 raised eyebrow doubt|😐 neutral|😑 expressionless|😶 no mouth silent|🙄 roll eyes|😏 smirk|😬 grimace|😌 relieved|😴 sleep|🤤 drool|😷 mask ill|🤒 ill thermometer|🤯 mind blown|🥳 party face|😎 cool sunglasses|🤓 nerd|🧐 monocle|😕 confused|😟 worried|😲 astonished|😳 flushed|🥺 pleading|😨 fear|😰 anxious|😭 sob cry|😱 scream|😖 confounded|😞 disappointed|😤 huff|😡 angry|🤬 swear|😇 angel halo|🤠 cowboy|🤡 clown|👻 ghost|💀 skull dead|🤖 robot|😺 cat",
  ),
  group(
    "Hands and people",
    "👋 wave hello bye|✋ hand stop|👌 ok|🤌 pinched|✌️ victory peace|🤞 fingers crossed luck|🤟 love you|🤘 rock|👈 left|👉 right|👆 up|👇 down|☝️ point one|👎 thumbs down no|✊ fist|👊 punch|🙌 raise hands hooray|🫶 heart hands|🤝 handshake deal|💪 muscle strong|🧠 brain|👤 person|👥 people|🤷 shrug|🤦 facepalm|🙋 raise hand me|🙇 bow sorry|💃 dance|🏃 run",
  ),
  group(
    "Nature",
    "🐶 dog|🐱 cat|🐭 mouse|🦊 fox|🐻 bear|🐼 panda|🐨 koala|🦁 lion|🐮 cow|🐷 pig|🐸 frog|🐵 monkey|🐔 chicken|🐧 penguin|🦉 owl|🐝 bee|🦋 butterfly|🐢 turtle|🐙 octopus|🐳 whale|🐟 fish|🌵 cactus|🌲 tree|🌱 seedling|🌻 sunflower|🌹 rose|🍀 clover luck|🍁 leaf autumn|🌍 earth world|🌙 moon|⭐ star|🌈 rainbow|☀️ sun|⛅ cloud|🌧️ rain|⛈️ storm|❄️ snow|🌊 wave sea|⚡ lightning",
  ),
  group(
    "Food",
    "☕ coffee|🍵 tea|🍺 beer|🍷 wine|🥂 cheers|🍎 apple|🍌 banana|🍇 grapes|🍓 strawberry|🍋 lemon|🥑 avocado|🥕 carrot|🍞 bread|🧀 cheese|🥐 croissant|🍕 pizza|🍔 burger|🌮 taco|🍜 noodles|🍣 sushi|🍦 ice cream|🍰 cake|🎂 birthday|🍪 cookie|🍫 chocolate|🍿 popcorn",
  ),
  group(
    "Things",
    "🚀 rocket ship launch|🚗 car|🚲 bike|🚂 train|✈️ plane|🚤 boat|⛵ sail|⚓ anchor|🏠 house home|🏢 office|⏰ alarm clock|⌛ hourglass|📅 calendar|📌 pin|📎 paperclip|📏 ruler|✏️ pencil|📝 note|📖 book|📦 package|📷 camera|💡 idea bulb|🔧 wrench fix|🔨 hammer|⚙️ gear|🔒 lock|🔑 key|🐛 bug|💻 laptop|📱 phone|🔔 bell|🎵 music|🎸 guitar|🎨 art|🎮 game|⚽ football|🏀 basketball|🏆 trophy|🥇 gold medal|🎁 gift|🎈 balloon|💰 money|📈 chart up|📉 chart down",
  ),
  group(
    "Signs",
    "✔️ check|❌ cross no|❗ exclamation|❓ question|⚠️ warning|🚫 forbidden|➕ plus|➖ minus|♻️ recycle|🆗 ok|🆕 new|🔴 red|🟠 orange|🟡 yellow|🟢 green|🔵 blue|🟣 purple|⚫ black|⚪ white|🧡 orange heart|💛 yellow heart|💚 green heart|💙 blue heart|💜 purple heart|🖤 black heart|💔 broken heart|✨ sparkles|💥 boom|💤 sleep|🏁 finish flag|🚩 flag",
  ),
] as const

const all = emojiGroups.flatMap(({ emoji }) => emoji)

/** Emoji whose words begin with every word of the query, best first, at most 48. */
export const searchEmoji = (query: string): ReadonlyArray<EmojiEntry> => {
  const words = query.toLowerCase().replace(/[:_]/g, " ").trim().split(/\s+/)
  return all.filter(({ name }) => words.every((word) => ` ${name}`.includes(` ${word}`))).slice(0, 48)
}
