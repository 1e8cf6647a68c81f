import type { ThemeConfig } from 'antd'

/** The same colours stand as variables in style/base.css; contrast with white is in the comment. */
export const colours = {
  accent: '#0a5468', // 8.5
  ink: '#18242c',
  inkSoft: '#47545d', // 7.7
  line: '#d9d6cd',
  paper: '#f5f4f0',
  met: '#1b7443', // 5.8
  partly: '#8a5800', // 6.1
  notMet: '#b3261e', // 6.5
  notMeasured: '#57558a', // 6.8
  notApplicable: '#62686d', // 5.7
}

export const theme: ThemeConfig = {
  hashed: false,
  zeroRuntime: true, // styles are made while building: build/antd.ts
  cssVar: { key: 'khien' }, // the class of <body> in index.html
  token: {
    colorPrimary: colours.accent,
    colorInfo: colours.accent,
    colorLink: colours.accent,
    colorSuccess: colours.met,
    colorWarning: '#b97a00',
    colorError: colours.notMet,
    colorInfoBg: '#e2eef1', // what antd makes of dark colours is mud
    colorInfoBorder: '#a9c6cd',
    colorSuccessBg: '#e1f1e7',
    colorSuccessBorder: '#a5cfb5',
    colorTextBase: colours.ink,
    colorBorder: '#b9b5aa',
    colorBorderSecondary: colours.line,
    colorTextPlaceholder: '#6a747b',
    colorTextDescription: colours.inkSoft,
    borderRadius: 4,
    borderRadiusLG: 6,
    controlItemBgActive: '#e2eef1',
    controlItemBgActiveHover: '#d5e6ea',
    controlItemBgHover: '#f3f7f8',
    controlHeight: 32,
    controlHeightSM: 26,
    fontSize: 15,
    fontFamily: '"Source Sans 3 Variable", "Segoe UI", Roboto, "Noto Sans", sans-serif',
    motion: false,
    boxShadow: '0 6px 24px rgb(24 36 44 / 14%)',
    boxShadowSecondary: '0 6px 24px rgb(24 36 44 / 14%)',
  },
  components: {
    Button: { primaryShadow: 'none', defaultShadow: 'none', dangerShadow: 'none', fontWeight: 600 },
    Tree: { titleHeight: 30, indentSize: 18 },
    Form: { itemMarginBottom: 16, verticalLabelPadding: '0 0 4px' },
    Modal: { titleFontSize: 18 },
  },
}
