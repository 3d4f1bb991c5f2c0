// Package lesson judges what has been done of the lessons of the practice world.
//
// A lesson has steps, and a step has a goal: a condition on what was read and verified,
// or something that has been looked at. Which keys were pressed is of no interest, and
// neither is which program made the change. Goals are named in the texts of the lessons by
// the words of a small vocabulary; see Goal.
//
// The package is pure. Entry points: Lesson, Progress.
package lesson
