import type { Plugin } from 'vite'

/** Of all the product's texts (src/gen/messages.*.json) only the console's own go into its bundle. */
export function messages(): Plugin {
  return {
    name: 'khien-messages',
    enforce: 'pre',
    transform(code, id) {
      if (!/\/gen\/messages\.\w+\.json$/.test(id)) return null
      const own = Object.entries(JSON.parse(code)).filter(([key]) => key.startsWith('web.'))
      return { code: JSON.stringify(Object.fromEntries(own)), map: null }
    },
  }
}
