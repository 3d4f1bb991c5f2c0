// Package forecast is the time machine of a repository: the clients and delegations, and
// a day that is moved over them, on which each works or fails.
//
// It works nothing out: model/forecast does, once for a look at the repository. Moving the
// day only compares.
package forecast
