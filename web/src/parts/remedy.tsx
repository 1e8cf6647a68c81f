/** A remedy as steps: the text of a control is lines "1. …", "2. …"; anything else stays a paragraph. */
export function Remedy({ text }: { text: string }) {
  const lines = text.trim().split('\n').map(line => line.trim()).filter(Boolean)
  const steps = lines.map(line => /^\d+[.)]\s+(.*)$/.exec(line)?.[1])
  if (steps.length < 2 || steps.some(step => step === undefined)) return <p className="remedy">{text}</p>
  return <ol className="remedy">{steps.map((step, index) => <li key={index}>{step}</li>)}</ol>
}
