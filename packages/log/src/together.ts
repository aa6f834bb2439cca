/** Answers questions that are asked in the same turn together; `ask` gives one answer for each, in their order. */
export const together = <Question, Answer>(
  ask: (questions: ReadonlyArray<Question>) => Promise<ReadonlyArray<Answer>>,
): ((question: Question) => Promise<Answer>) => {
  let questions: Array<Question> = []
  let answers: Promise<ReadonlyArray<Answer>> | undefined
  const asking = async () => {
    await new Promise<void>((next) => setImmediate(next))
    const asked = questions
    questions = []
    answers = undefined
    return ask(asked)
  }
  return (question) => {
    const place = questions.push(question) - 1
    answers ??= asking()
    return answers.then((all) => all[place]!)
  }
}
