/** Every limit that both sides of a boundary must know, said once. Limits of one process only stand in its configuration. */
export const limits = {
  /** Message text, in grapheme clusters. */
  textGraphemes: 4_000,
  /** Message text, in UTF-8 bytes. */
  textBytes: 16 * 1024,
  imagesPerMessage: 10,
  /** Alternative text of one image, in grapheme clusters. */
  altGraphemes: 1_000,
  nameGraphemes: 32,
  roomNameGraphemes: 64,
  topicGraphemes: 250,
  /** Rows of one page, of whatever list. */
  page: 100,
  /** Bytes of one uploaded image. */
  imageBytes: 20 * 1024 * 1024,
  /** Pixels of one image, all frames of an animation together. */
  imagePixels: 40_000_000,
  imageFrames: 100,
  /** Pixels of the longer side of a thumbnail. */
  thumbSide: 640,
  /** Events that a resuming subscriber may be behind before it is told to start afresh. */
  backlog: 5_000,
  /** Different emoji on one message. */
  reactionsPerMessage: 50,
} as const
