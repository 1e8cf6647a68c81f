/** Every question the pages ask of the server, with the key its answer is kept under. Writes name the keys they make stale. */
import { keepPreviousData, QueryClient, queryOptions } from '@tanstack/react-query'
import * as api from './gen/api'
import { ApiError } from './send'
import { withCells } from './units/compared'

type Query<F extends (...args: never[]) => unknown> = Exclude<Parameters<F>[number], string | AbortSignal | undefined>

export const client = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 30_000,
      refetchOnWindowFocus: false, // a page left open must not keep its session alive
      retry: (failures, error) => failures < 1 && error instanceof ApiError && ['unreachable', 'busy', 'timeout'].includes(error.code),
    },
  },
})

export const units = (ended = false) =>
  queryOptions({ queryKey: ['units', ended], queryFn: ({ signal }) => api.unit_list({ ended }, signal) })

export const unit = (code: string) =>
  queryOptions({ queryKey: ['unit', code], queryFn: ({ signal }) => api.unit_show(code, signal) })

export const comparison = (code: string) =>
  queryOptions({ queryKey: ['comparison', code], queryFn: ({ signal }) => api.unit_comparison(code, {}, signal), select: withCells })

export const posture = (code: string, at?: string) =>
  queryOptions({ queryKey: ['posture', code, at], queryFn: ({ signal }) => api.unit_posture(code, { at }, signal) })

export const figures = (code: string, at?: string) =>
  queryOptions({ queryKey: ['figures', code, at], queryFn: ({ signal }) => api.unit_figures(code, { at }, signal) })

export const figureHistory = (code: string, figure: string, days: number) =>
  queryOptions({ queryKey: ['figure', code, figure, days], queryFn: ({ signal }) => api.figure_history(code, figure, { days }, signal) })

export const controlRows = (code: string, control: string, query: Query<typeof api.control_rows>) =>
  queryOptions({
    queryKey: ['rows', code, control, query],
    queryFn: ({ signal }) => api.control_rows(code, control, query, signal),
    placeholderData: keepPreviousData,
  })

export const controls = queryOptions({ queryKey: ['controls'], queryFn: ({ signal }) => api.control_list(signal), staleTime: Infinity })

export const law = (at?: string) => queryOptions({ queryKey: ['law', at], queryFn: ({ signal }) => api.law_list({ at }, signal) })

export const directives = (code: string, at?: string) =>
  queryOptions({ queryKey: ['directives', code, at], queryFn: ({ signal }) => api.directive_list({ unit: code, at }, signal) })

export const directive = (id: string, code: string, at?: string) =>
  queryOptions({ queryKey: ['directive', id, code, at], queryFn: ({ signal }) => api.directive_show(id, { unit: code, at }, signal) })

export const directiveUnits = (id: string, code: string, at?: string) =>
  queryOptions({ queryKey: ['directive units', id, code, at], queryFn: ({ signal }) => api.directive_units(id, { unit: code, at }, signal) })

export const endpoints = (query: Query<typeof api.endpoint_list>) =>
  queryOptions({ queryKey: ['endpoints', query], queryFn: ({ signal }) => api.endpoint_list(query, signal), placeholderData: keepPreviousData })

/** The unit itself and those right below it, by code. */
export const standing = (unit: string) =>
  queryOptions({ queryKey: ['units', 'standing', unit], queryFn: ({ signal }) => api.unit_standing(unit, signal), select: ({ items }) => new Map(items.map(one => [one.code, one.controls])) })

export const holdings = (unit: string) =>
  queryOptions({ queryKey: ['holdings', unit], queryFn: ({ signal }) => api.unit_holdings(unit, signal), staleTime: 0 })

export const endpoint = (id: string) =>
  queryOptions({ queryKey: ['endpoint', id], queryFn: ({ signal }) => api.endpoint_show(id, signal) })

export const facts = (id: string, table: string, query: Query<typeof api.endpoint_facts>) =>
  queryOptions({
    queryKey: ['facts', id, table, query],
    queryFn: ({ signal }) => api.endpoint_facts(id, table, query, signal),
    placeholderData: (before, beforeQuery) => (beforeQuery?.queryKey[2] === table ? before : undefined),
  })

export const endpointRows = (id: string, control: string) =>
  queryOptions({ queryKey: ['endpoint rows', id, control], queryFn: ({ signal }) => api.endpoint_control_rows(id, control, { limit: 50 }, signal) })

export const endpointDetections = (id: string, offset: number) =>
  queryOptions({ queryKey: ['endpoint detections', id, offset], queryFn: ({ signal }) => api.endpoint_detections(id, { offset }, signal) })

export const endpointOrders = (id: string, offset: number) =>
  queryOptions({ queryKey: ['orders', id, offset], queryFn: ({ signal }) => api.endpoint_orders(id, { offset }, signal) })

export const detections = (query: Query<typeof api.detection_list>) =>
  queryOptions({ queryKey: ['detections', query], queryFn: ({ signal }) => api.detection_list(query, signal), placeholderData: keepPreviousData })

export const detection = (id: string) => queryOptions({ queryKey: ['detection', id], queryFn: ({ signal }) => api.detection_show(id, signal) })

export const detectionWeeks = (code: string, weeks: number) =>
  queryOptions({ queryKey: ['detection weeks', code, weeks], queryFn: ({ signal }) => api.detection_weeks(code, { weeks }, signal) })

export const secretCases = (query: Query<typeof api.secret_case_list>) =>
  queryOptions({ queryKey: ['secrets', query], queryFn: ({ signal }) => api.secret_case_list(query, signal), placeholderData: keepPreviousData })

export const secretCase = (id: string) => queryOptions({ queryKey: ['secret', id], queryFn: ({ signal }) => api.secret_case_show(id, signal) })

export const secretUnits = (unit: string) => queryOptions({ queryKey: ['secret units', unit], queryFn: ({ signal }) => api.secret_case_units({ unit }, signal) })

export const secretWeeks = (code: string, weeks: number) =>
  queryOptions({ queryKey: ['secret weeks', code, weeks], queryFn: ({ signal }) => api.secret_case_weeks(code, { weeks }, signal) })

export const campaigns = (query: Query<typeof api.campaign_list>) =>
  queryOptions({ queryKey: ['campaigns', query], queryFn: ({ signal }) => api.campaign_list(query, signal), placeholderData: keepPreviousData })

export const campaign = (id: string, unit: string) => queryOptions({ queryKey: ['campaign', id, unit], queryFn: ({ signal }) => api.campaign_show(id, { unit }, signal) })

export const campaignUnits = (id: string, unit: string) =>
  queryOptions({ queryKey: ['campaign units', id, unit], queryFn: ({ signal }) => api.campaign_units(id, { unit }, signal) })

export const campaignMachines = (id: string, query: Query<typeof api.campaign_machines>) =>
  queryOptions({ queryKey: ['campaign machines', id, query], queryFn: ({ signal }) => api.campaign_machines(id, query, signal), placeholderData: keepPreviousData })

export const content = (unit: string) => queryOptions({ queryKey: ['content', unit], queryFn: ({ signal }) => api.content_show({ unit }, signal) })

export const contentMachines = (query: Query<typeof api.content_machines>) =>
  queryOptions({ queryKey: ['content machines', query], queryFn: ({ signal }) => api.content_machines(query, signal), placeholderData: keepPreviousData })

export const tokens = (query: Query<typeof api.token_list>) =>
  queryOptions({ queryKey: ['tokens', query], queryFn: ({ signal }) => api.token_list(query, signal), placeholderData: keepPreviousData })

export const users = (query: Query<typeof api.user_list>) =>
  queryOptions({ queryKey: ['users', query], queryFn: ({ signal }) => api.user_list(query, signal), placeholderData: keepPreviousData })

export const audit = (query: Query<typeof api.audit_list>) =>
  queryOptions({ queryKey: ['audit', query], queryFn: ({ signal }) => api.audit_list(query, signal), placeholderData: keepPreviousData })

export const registerCounts = (unit: string) =>
  queryOptions({ queryKey: ['register counts', unit], queryFn: ({ signal }) => api.register_counts({ unit }, signal) })

export const records = (register: string, query: Query<typeof api.record_list>) =>
  queryOptions({
    queryKey: ['records', register, query],
    queryFn: ({ signal }) => api.record_list(register, query, signal),
    placeholderData: (before, beforeQuery) => (beforeQuery?.queryKey[1] === register ? before : undefined),
  })

export const record = (register: string, id: string) =>
  queryOptions({ queryKey: ['record', register, id], queryFn: ({ signal }) => api.record_show(register, id, signal) })

export const recordChoices = (register: string, query: Query<typeof api.record_choices>) =>
  queryOptions({ queryKey: ['record choices', register, query], queryFn: ({ signal }) => api.record_choices(register, query, signal), placeholderData: keepPreviousData })

export const recordHistory = (register: string, id: string) =>
  queryOptions({ queryKey: ['record history', register, id], queryFn: ({ signal }) => api.record_history(register, id, signal) })

export const status = queryOptions({ queryKey: ['status'], queryFn: ({ signal }) => api.status(signal), refetchInterval: 60_000 })

export const about = queryOptions({ queryKey: ['about'], queryFn: ({ signal }) => api.about(signal), staleTime: Infinity })

export const reportTemplates = queryOptions({ queryKey: ['report templates'], queryFn: ({ signal }) => api.report_templates(signal), staleTime: Infinity })

export const reportPreview = (query: Query<typeof api.report_preview>) =>
  queryOptions({ queryKey: ['report preview', query], queryFn: ({ signal }) => api.report_preview(query, signal), staleTime: 0 })

export const holidayReport = (query: Query<typeof api.holiday_report>) =>
  queryOptions({ queryKey: ['holiday report', query], queryFn: ({ signal }) => api.holiday_report(query, signal) })

/** The latest incidents of a unit and below, to choose one to report on. */
export const incidents = (unit: string) =>
  queryOptions({ queryKey: ['records', 'incident', 'latest', unit], queryFn: ({ signal }) => api.record_list('incident', { unit, sort: '-t0_s', limit: 100 }, signal) })

export const portals = (query: Query<typeof api.portal_list>) =>
  queryOptions({ queryKey: ['portals', query], queryFn: ({ signal }) => api.portal_list(query, signal), placeholderData: keepPreviousData })

export const portal = (id: string) => queryOptions({ queryKey: ['portal', id], queryFn: ({ signal }) => api.portal_show(id, signal) })

export const portalAlarm = (id: string) => queryOptions({ queryKey: ['portal alarm', id], queryFn: ({ signal }) => api.portal_alarm(id, signal) })
