/** Where the bytes of a stored image are. */
export const mediaPath = (key: string): string => `/media/chat_images/${key}`
