import react from '@vitejs/plugin-react'
import { defineConfig } from 'vitest/config'
import { antd } from './build/antd'
import { compress } from './build/compress'
import { messages } from './build/messages'

export default defineConfig({
  plugins: [antd(), messages(), react(), compress()],
  build: {
    outDir: process.env.KHIEN_WEB_OUT ?? 'dist',
    emptyOutDir: true,
    // The last browsers of Windows 7 and 8.1, which many offices still have.
    target: ['chrome109', 'firefox115', 'safari16.4'],
    assetsInlineLimit: 0, // no data: addresses, the content security policy has none
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 700,
    reportCompressedSize: true,
  },
  server: { host: '127.0.0.1', port: 5173, proxy: { '/api': process.env.KHIEN_URL ?? 'http://127.0.0.1:5180' } },
  test: {
    environment: 'jsdom',
    include: ['{src,mock,build}/**/*.test.{ts,tsx}'],
    setupFiles: ['src/test-setup.ts'],
    css: false,
  },
})
