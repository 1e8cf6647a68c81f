/** The few signs the console uses, drawn on a 16 × 16 grid in the colour of the text beside them. They never stand without a word. */
import type { ReactNode } from 'react'

const line = { fill: 'none', stroke: 'currentColor', strokeWidth: 1.5, strokeLinecap: 'round', strokeLinejoin: 'round' } as const

const SIGNS = {
  // States: each has a shape of its own, so that they differ without colour too.
  met: (
    <>
      <circle cx="8" cy="8" r="7" fill="currentColor" />
      <path d="m4.8 8.3 2.2 2.2 4.2-4.7" {...line} stroke="#fff" strokeWidth="1.7" />
    </>
  ),
  partly: (
    <>
      <circle cx="8" cy="8" r="6.2" {...line} />
      <path d="M8 1.8a6.2 6.2 0 0 0 0 12.4z" fill="currentColor" />
    </>
  ),
  not_met: (
    <>
      <path d="M5.1 1h5.8L15 5.1v5.8L10.9 15H5.1L1 10.9V5.1z" fill="currentColor" />
      <path d="m5.6 5.6 4.8 4.8m0-4.8-4.8 4.8" {...line} stroke="#fff" strokeWidth="1.7" />
    </>
  ),
  not_measured: (
    <>
      <circle cx="8" cy="8" r="6.3" {...line} strokeDasharray="2.2 2.2" />
      <path d="M6.3 6.3a1.7 1.7 0 1 1 2.4 1.6c-.5.2-.7.5-.7 1.1m0 2.1v.1" {...line} />
    </>
  ),
  not_applicable: (
    <>
      <circle cx="8" cy="8" r="6.3" {...line} />
      <path d="M5 8h6" {...line} />
    </>
  ),
  excepted: (
    <>
      <path d="M8 1.3 13.5 3v4.6c0 3.3-2.2 5.6-5.5 7-3.3-1.4-5.5-3.7-5.5-7V3z" {...line} />
      <path d="M8 5v3l2 1.3" {...line} />
    </>
  ),
  heard: <path d="M8 12.5v.1M5.5 10a3.5 3.5 0 0 1 5 0M3.2 7.5a6.8 6.8 0 0 1 9.6 0M1 5a10 10 0 0 1 14 0" {...line} />,
  linked: <path d="M8 1.5 15 14H1zM8 6v4m0 1.8v.1" {...line} />,
  silent: <path d="M8 12.5v.1M5.5 10a3.5 3.5 0 0 1 5 0M1.5 5.5A10 10 0 0 1 5 3.3M15 5a10 10 0 0 0-5.5-2.6M2 2l12 12" {...line} />,
  offline: <path d="M9 1.5H3.5v13h9V5zm0 0V5h3.5M8 7.5v4m-1.7-1.6L8 11.5l1.7-1.6" {...line} />,
  revoked: <path d="M8 1.7a6.3 6.3 0 1 0 0 12.6A6.3 6.3 0 0 0 8 1.7zM3.6 3.6l8.8 8.8" {...line} />,
  clock: <path d="M8 1.7a6.3 6.3 0 1 0 0 12.6A6.3 6.3 0 0 0 8 1.7zM8 4.5V8l2.5 1.8" {...line} />,
  // Places
  home: <path d="M2 7.5 8 2l6 5.5M3.5 6.5V14h9V6.5M6.5 14v-4h3v4" {...line} />,
  figures: <path d="M2 14h12M3.5 14V9M6.5 14V5m3 9V7.5m3 6.5V3" {...line} />,
  directives: <path d="M3.5 1.5h6L13 5v9.5H3.5zM9.5 1.5V5H13M5.5 8h5m-5 2.5h5" {...line} />,
  reports: <path d="M3.5 1.5h9v13h-9zM5.5 4.5h5m-5 2.5h5m-5 2.5H8m.5 3.5 2-1.5 1 1" {...line} />,
  units: <path d="M6 2h4v3H6zM1.5 11h4v3h-4zm9 0h4v3h-4zM8 5v3m-4.5 3V8h9v3" {...line} />,
  endpoints: <path d="M1.5 2.5h13v8.5h-13zM8 11v3m-3 0h6" {...line} />,
  secrets: <path d="M4 7V5a4 4 0 0 1 8 0v2M3 7h10v7H3zM8 10v2" {...line} />,
  detections: <path d="M8 4.5a3 3 0 0 1 3 3V10a3 3 0 0 1-6 0V7.5a3 3 0 0 1 3-3zM5.7 5.2 4 3m6.3 2.2L12 3M5 8H1.5M14.5 8H11m-5.7 3L2.5 13m8.2-2 2.8 2" {...line} />,
  portals: <path d="M8 1.5a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13zM1.5 8h13M8 1.5c4 4 4 9 0 13-4-4-4-9 0-13" {...line} />,
  campaigns: <path d="M2 6.5v3h2.5l6 3.5V3l-6 3.5zM13 6a3 3 0 0 1 0 4M4.5 9.5 5.5 14h2L6.5 10.5" {...line} />,
  content: <path d="M2 5 8 2l6 3-6 3zm0 3 6 3 6-3M2 11l6 3 6-3" {...line} />,
  enrolment: <path d="M2 2h4.5v4.5H2zm7.5 0H14v4.5H9.5zM2 9.5h4.5V14H2zM9.5 9.5h2v2h-2zm2.5 2.5h2v2h-2z" {...line} />,
  registers: <path d="M3 2h8.5A1.5 1.5 0 0 1 13 3.5v10A1.5 1.5 0 0 1 11.5 15H3zM3 2v13M6 5.5h4M6 8.5h4" {...line} />,
  users: <path d="M6 7.5a2.7 2.7 0 1 0 0-5.4 2.7 2.7 0 0 0 0 5.4zM1 14c0-3 2-4.5 5-4.5s5 1.5 5 4.5m-.5-12a2.7 2.7 0 0 1 0 5.3m1.5 2.4c2 .5 3 2 3 4.3" {...line} />,
  audit: <path d="M3 1.5h10v13H3zM5.5 5h5m-5 3h5m-5 3H8" {...line} />,
  account: <path d="M8 8a3 3 0 1 0 0-6 3 3 0 0 0 0 6zm-6 6.5c0-3.5 2.5-5 6-5s6 1.5 6 5" {...line} />,
  // Acts
  search: <path d="M7 12A5 5 0 1 0 7 2a5 5 0 0 0 0 10zm3.6-1.4L14.5 14.5" {...line} />,
  filter: <path d="M2 3h12L9.5 8.5v5L6.5 12V8.5z" {...line} />,
  columns: <path d="M2 2.5h12v11H2zM6 2.5v11M10 2.5v11" {...line} />,
  upload: <path d="M8 10V2M5 5l3-3 3 3M2.5 13.5h11" {...line} />,
  menu: <path d="M2 4h12M2 8h12M2 12h12" {...line} />,
  close: <path d="m3.5 3.5 9 9m0-9-9 9" {...line} />,
  down: <path d="m4 6 4 4 4-4" {...line} />,
  right: <path d="m6 4 4 4-4 4" {...line} />,
  left: <path d="m10 4-4 4 4 4" {...line} />,
  up: <path d="m4 10 4-4 4 4" {...line} />,
  print: <path d="M4.5 6V1.5h7V6M4.5 12H2V6h12v6h-2.5m-7-2.5h7v5h-7z" {...line} />,
  download: <path d="M8 2v8m-3-3 3 3 3-3M2.5 13.5h11" {...line} />,
  collect: <path d="M13.5 8A5.5 5.5 0 1 1 12 4.2M13.5 1.5v3.2h-3.2" {...line} />,
  add: <path d="M8 3v10M3 8h10" {...line} />,
  copy: <path d="M5.5 5.5h8v8h-8zM3 10.5H2.5v-8h8V3" {...line} />,
  warning: <path d="M8 2 15 14H1zM8 6.5v3.5m0 2v.1" {...line} />,
  exit: <path d="M6 2H2.5v12H6M10 5l3 3-3 3m3-3H6" {...line} />,
} satisfies Record<string, ReactNode>

export type Sign = keyof typeof SIGNS

export const Icon = ({ sign, className }: { sign: Sign; className?: string }) => (
  <svg className={className ? `icon ${className}` : 'icon'} viewBox="0 0 16 16" aria-hidden="true" focusable="false">
    {SIGNS[sign]}
  </svg>
)

/** The shield with the star of a Đông Sơn drum. */
export const Emblem = () => (
  <svg className="emblem" viewBox="0 0 32 32" aria-hidden="true" focusable="false">
    <path d="M16 1.5 28 5v10.2c0 7.2-5 12.4-12 15.3C9 27.6 4 22.4 4 15.2V5z" fill="#0f6f88" />
    <path d="M16 4l9.7 2.9v8.3c0 5.7-3.9 9.9-9.7 12.5-5.8-2.6-9.7-6.8-9.7-12.5V6.9z" fill="none" stroke="#e0bd6f" />
    <path
      d="m16 8.5 1.3 3.5 3.4-1.6-1.6 3.4 3.5 1.3-3.5 1.3 1.6 3.4-3.4-1.6L16 21.7l-1.3-3.5-3.4 1.6 1.6-3.4-3.5-1.3 3.5-1.3-1.6-3.4 3.4 1.6z"
      fill="#fff"
    />
  </svg>
)
