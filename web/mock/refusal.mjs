/** What the mock refuses, with the status and the code of spec/errors.yaml. */
export class Refusal extends Error {
  constructor(status, code, message, detail = '') {
    super(message)
    Object.assign(this, { status, code, detail })
  }
}

export const missing = () => new Refusal(404, 'not_found', 'Không tìm thấy')
export const wrongState = detail => new Refusal(409, 'record_state', 'Trạng thái của bản ghi không cho phép việc này', detail)
