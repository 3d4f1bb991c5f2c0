// Package flows holds the guided flows: what each asks, and what it does with the answers.
// They are data for the engine in tui/flow.
//
// Entry points: All, Find.
package flows
