// Package lesson tracks progress in the lessons of the practice world.
//
// A lesson has steps, and a step has a goal: a condition on what was read and verified, or
// something that the user has looked at. It doesn't matter which keys were pressed or which
// program made the change. The texts of the lessons name goals with a small vocabulary; see
// Goal.
//
// The package is pure. Entry points: Lesson, Progress.
package lesson
