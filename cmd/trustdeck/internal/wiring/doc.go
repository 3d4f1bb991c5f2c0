// Package wiring joins the use cases to the folders and servers that the settings name:
// the ports of the model get their stores here, and nowhere else.
//
// Entry points: Open, OpenDemo, Session, StartPractice.
package wiring
