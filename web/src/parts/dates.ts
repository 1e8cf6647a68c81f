/** Days for the pickers of dates: "today" is the day in Viet Nam, as the server counts, whatever the computer's own time zone. */
import dayjs from 'dayjs'
import 'dayjs/locale/vi'
import timezone from 'dayjs/plugin/timezone'
import utc from 'dayjs/plugin/utc'

dayjs.extend(utc)
dayjs.extend(timezone)
dayjs.tz.setDefault('Asia/Ho_Chi_Minh') // Ant Design asks dayjs.tz() what "now" is

export default dayjs
