/** Taking a quiz: questions drawn by the server, a clock that runs there, marked there. */
import { Button } from 'antd'
import { useEffect, useState } from 'react'
import { quiz_answer, quiz_start } from '../gen/api'
import { t } from '../language'
import { useAct } from '../parts/act'
import { Icon } from '../parts/icons'
import { Page, Section } from '../parts/page'
import { STALE } from '../registers/definitions'

type Attempt = Awaited<ReturnType<typeof quiz_start>>
type Mark = Awaited<ReturnType<typeof quiz_answer>>

export default function QuizPage({ params: { id } }: { params: { id?: string } }) {
  const [attempt, take] = useState<Attempt | null>(null)
  const start = useAct(async () => take(await quiz_start({ quiz: Number(id) })), { stale: [] })
  if (attempt) return <Questions key={attempt.attempt} attempt={attempt} onAgain={() => take(null)} />
  return (
    <Page title={t('quiz.title')} lead={t('quiz.lead')}>
      <Section title={t('quiz.ready')}>
        <p className="step-text">{t('quiz.rules')}</p>
        <Button type="primary" loading={start.isPending} onClick={() => start.mutate(undefined)}>{t('quiz.start')}</Button>
      </Section>
    </Page>
  )
}

function Questions({ attempt, onAgain }: { attempt: Attempt; onAgain: () => void }) {
  const [choices, choose] = useState<(number | null)[]>(() => attempt.questions.map(() => null))
  const [mark, setMark] = useState<Mark | null>(null)
  const hand = useAct(async () => setMark(await quiz_answer({ attempt: attempt.attempt, choices })), { stale: STALE })
  const left = useSecondsLeft(attempt.ends_s)
  const open = choices.filter(choice => choice === null).length
  if (mark) return <Result title={attempt.title} mark={mark} onAgain={onAgain} />
  return (
    <Page title={attempt.title} lead={left === null ? undefined : <span role="timer" className={left < 60 ? 'clock-over' : ''}><Icon sign="clock" /> {t('quiz.left', { minutes: Math.floor(left / 60), seconds: String(left % 60).padStart(2, '0') })}</span>}>
      <form onSubmit={event => { event.preventDefault(); hand.mutate(undefined) }}>
        {attempt.questions.map(({ question, choices: texts }, place) => (
          <fieldset key={place} className="card quiz-question">
            <legend>{t('quiz.question', { number: place + 1 })} {question}</legend>
            {texts.map((text, index) => (
              <label key={index}>
                <input type="radio" name={`question-${place}`} checked={choices[place] === index + 1} onChange={() => choose(choices.map((old, other) => (other === place ? index + 1 : old)))} />
                {text}
              </label>
            ))}
          </fieldset>
        ))}
        <div className="form-acts">
          <Button type="primary" htmlType="submit" loading={hand.isPending}>{t('quiz.hand_in')}</Button>
          {open > 0 && <span className="soft">{t('quiz.open', { count: open })}</span>}
        </div>
      </form>
    </Page>
  )
}

function Result({ title, mark, onAgain }: { title: string; mark: Mark; onAgain: () => void }) {
  return (
    <Page title={title}>
      <section className="card quiz-result" role="status">
        <p className={mark.passed ? 'is-met' : 'is-not_met'}><Icon sign={mark.passed ? 'met' : 'not_met'} /> <b>{t(mark.passed ? 'quiz.passed' : 'quiz.failed')}</b></p>
        <p>{t('quiz.score', { score: mark.score, right: mark.right, questions: mark.questions })}</p>
        {mark.late && <p className="is-not_met">{t('quiz.late')}</p>}
        {!mark.passed && <Button onClick={onAgain}>{t('quiz.again')}</Button>}
      </section>
    </Page>
  )
}

/** Null: there is no clock. */
function useSecondsLeft(ends: number | null): number | null {
  const [now, tick] = useState(() => Math.floor(Date.now() / 1000))
  useEffect(() => {
    const timer = setInterval(() => tick(Math.floor(Date.now() / 1000)), 1000)
    return () => clearInterval(timer)
  }, [])
  return ends === null ? null : Math.max(0, ends - now)
}
