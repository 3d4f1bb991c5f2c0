// Package tuitest is only for tests of the UI: hand-made repositories, a source that
// answers from them, a stage that runs a screen without a program, golden files, and a
// check that a view keeps to its size.
//
// Entry points: NewStage, Source, World, Picture, Golden, CheckView.
package tuitest
