// Package wiring connects the use cases to the folders and servers that the settings name.
// Only this package gives the ports of the model their stores.
//
// Entry points: Open, OpenDemo, Session, StartPractice.
package wiring
