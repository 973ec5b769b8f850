import type { NumberlessCall } from '@holdfast/client/raw-session'
import { callWords } from './call-words.ts'
import {
  type CallCommand,
  expectedCarrier,
  type Step,
  type StepCommand,
  stepWords,
} from './commands.ts'
import { eventWords, expectedText } from './event-words.ts'
import { Fault } from './fault.ts'
import { anyNames, type Names } from './names.ts'
import { type OutcomeWord, streamOf } from './outcome.ts'
import type { Line } from './parse.ts'
import { assemble, type Given } from './word.ts'

/** The call that a line describes. Throws a `Fault` at the word that is wrong. */
export function callOf({ word }: CallCommand, given: Given, names: Names): NumberlessCall {
  const fields = assemble<object>(callWords[word], given, names)
  return { kind: word, ...fields } as NumberlessCall
}

/** The step that a line describes. Throws a `Fault` at the word that is wrong. */
export function stepOf({ word }: StepCommand, given: Given, names: Names): Step {
  const fields = assemble<object>(stepWords[word], given, names)
  const step = { kind: word, ...fields } as Step
  if (step.kind === 'wait') assertOneStream(step.outcomes ?? [])
  return step
}

/** What an `expect` says beyond the outcome: word by word, as events are shown. */
export function expectedWords(given: Given, names: Names): ReadonlyMap<string, string> {
  const carrier = expectedCarrier(given)
  if (carrier === undefined) {
    const word = given.get('outcome')
    throw new Fault(`${given.get('of')?.value} never says ${word?.value}`, { word })
  }
  return new Map(
    eventWords(carrier).flatMap((wanted): [string, string][] => {
      const found = given.get(wanted.word)
      return found === undefined ? [] : [[wanted.word, expectedText(found, wanted, names)]]
    }),
  )
}

/** Looks at a line without running it: all but whether its names are there. */
export function checkLine({ command, given }: Line): void {
  if (command.sort === 'call') {
    callOf(command, given, anyNames)
    return
  }
  stepOf(command, given, anyNames)
  if (command.word === 'expect') expectedWords(given, anyNames)
}

function assertOneStream([first, ...others]: readonly OutcomeWord[]): void {
  if (first === undefined) return
  const odd = others.find((outcome) => streamOf(outcome) !== streamOf(first))
  if (odd === undefined) return
  throw new Fault(`${first} and ${odd} do not come in one order: wait for each by itself`)
}
