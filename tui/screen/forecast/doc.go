// Package forecast is the time machine of a repository: it shows the clients and
// delegations on a day that the user can move, and whether each works or fails on that day.
//
// It computes nothing: model/forecast does, once each time the repository is read. Moving
// the day only compares.
package forecast
