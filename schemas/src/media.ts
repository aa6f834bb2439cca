import { Schema } from "effect"
import { limits } from "./limits.ts"
import { atMost, storable } from "./text.ts"

/** Name of a stored image: `img_<unix seconds>_<32 hex digits>.<ext>`, served at `/media/chat_images/<key>`. */
export const MediaKey = Schema.String.check(
  Schema.isPattern(/^img_\d{9,11}_[0-9a-f]{4,32}\.(png|jpg|webp|gif|avif)$/, {
    message: "must be the key of an image",
  }),
).pipe(Schema.brand("MediaKey"))
export type MediaKey = typeof MediaKey.Type

export const ImageType = Schema.Literals(["image/png", "image/jpeg", "image/webp", "image/gif", "image/avif"])
export type ImageType = typeof ImageType.Type

export const AltText = Schema.String.check(storable, atMost(limits.altGraphemes))

/** An uploaded image that a new message shows. */
export const ImageRef = Schema.Struct({ key: MediaKey, alt: AltText })
export type ImageRef = typeof ImageRef.Type

/** A tiny WebP, at most 24 pixels a side, to show until the image is there. */
export const Placeholder = Schema.String.check(
  Schema.isPattern(/^data:image\/webp;base64,[\w+/]+={0,2}$/, { message: "must be a data URL of a WebP" }),
  Schema.isMaxLength(1_000),
)

/** An image that was checked and stored; width and height in pixels, as it is shown. */
export const StoredImage = Schema.Struct({
  key: MediaKey,
  type: ImageType,
  width: Schema.Int,
  height: Schema.Int,
  bytes: Schema.Int,
  placeholder: Schema.optionalKey(Placeholder),
})
export type StoredImage = typeof StoredImage.Type

/** An image in a message. */
export const Image = Schema.Struct({ ...StoredImage.fields, alt: Schema.String })
export type Image = typeof Image.Type
