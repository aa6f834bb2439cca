/** The size of an image scaled down into a box, but never so thin that it cannot be pressed. */
export const fitted = (image: { width: number; height: number }, into: { width: number; height: number }) => {
  const scale = Math.min(1, into.width / image.width, into.height / image.height)
  return {
    width: Math.max(64, Math.round(image.width * scale)),
    height: Math.max(48, Math.round(image.height * scale)),
  }
}
