import { readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { constants, gzipSync } from 'node:zlib'
import type { Plugin, ResolvedConfig } from 'vite'

const SMALLEST = 1024
const TEXT = /\.(js|css|html|svg|json)$/

/** A .gz beside every text file: the server sends it as it is and never compresses while a user waits. */
export function compress(): Plugin {
  let config: ResolvedConfig
  return {
    name: 'khien-compress',
    apply: 'build',
    configResolved(resolved) {
      config = resolved
    },
    closeBundle() {
      for (const path of files(resolve(config.root, config.build.outDir))) {
        if (!TEXT.test(path) || statSync(path).size < SMALLEST) continue
        writeFileSync(`${path}.gz`, gzipSync(readFileSync(path), { level: constants.Z_BEST_COMPRESSION }))
      }
    },
  }
}

function files(directory: string): string[] {
  return readdirSync(directory, { withFileTypes: true }).flatMap(entry => {
    const path = join(directory, entry.name)
    return entry.isDirectory() ? files(path) : [path]
  })
}
