/** Where the bytes of a stored image are. */
export const mediaPath = (key: string): string => `/media/chat_images/${key}`

/** Where a small still WebP of a stored image is; of an image that is small already, the image itself. */
export const thumbPath = (key: string): string => `/media/thumbs/${key.replace(/\.\w+$/, "")}.webp`
