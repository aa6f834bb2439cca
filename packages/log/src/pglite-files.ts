import { MemoryFS, PGlite } from "@electric-sql/pglite"
import { filesOf } from "./tar.ts"

/** The files of a database in memory: from the beginning those of a dump, in its own bytes. */
export class Filled extends MemoryFS {
  readonly #dump: Buffer<ArrayBuffer>

  constructor(dump: Buffer<ArrayBuffer>) {
    super()
    this.#dump = dump
  }

  override async initialSyncFs(): Promise<void> {
    const { FS } = this.pg!.Module
    const root = PGlite.paths.PGDATA
    FS.mkdirTree(root, 0o700)
    for (const { path, bytes } of filesOf(this.#dump))
      if (bytes === undefined) FS.mkdirTree(root + path, 0o700)
      else FS.writeFile(root + path, bytes, { canOwn: true, mode: 0o600 })
  }
}

/** A dump as PGlite takes one to unpack it; a `Blob` of its bytes would copy them twice. */
export class Dump extends Blob {
  readonly #dump: Buffer<ArrayBuffer>

  constructor(dump: Buffer<ArrayBuffer>) {
    super()
    this.#dump = dump
  }

  override async arrayBuffer(): Promise<ArrayBuffer> {
    const { buffer, byteOffset, length } = this.#dump
    return length === buffer.byteLength ? buffer : buffer.slice(byteOffset, byteOffset + length)
  }
}
