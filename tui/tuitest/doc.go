// Package tuitest is for the tests of the UI only: repositories made by hand, a
// desk that answers from them, a stage that plays a screen without a program,
// golden files, and the check that a view keeps to its size.
//
// Entry points: NewStage, Desk, World, Picture, Golden, CheckView.
package tuitest
