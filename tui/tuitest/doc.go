// Package tuitest is for the tests of the UI only: repositories made by hand, a
// source that answers from them, a stage that plays a screen without a program,
// golden files, and the check that a view keeps to its size.
//
// Entry points: NewStage, Source, World, Picture, Golden, CheckView.
package tuitest
