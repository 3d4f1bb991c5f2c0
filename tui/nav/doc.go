// Package nav holds the routes of the UI: where a user can be, printable as a
// path and parsed back. A path is what is given on the command line, shown in
// the palette and written to logs and tests.
//
//	welcome   repos   keys   signers   staged   tasks   log   doctor   settings   contexts   lessons
//	repo/GUN/roles   also keys, signers, tags, history, raw
//	repo/GUN/quorum   also forecast, roots
//	repo/GUN/role/ROLE
//	repo/GUN/tag/TAG
//	repo/GUN/explain/TARGET
//
// GUNs, roles, tags and targets stand as they are, slashes included. The first part of a
// GUN that is exactly "role", "tag" or "explain" would end the GUN, so there its first
// letter is written as a percent escape; in a tag or target every character that is not
// printable, and the percent sign, is escaped. Route.String always writes the
// tab, so a GUN that ends in "/keys" stays a GUN.
//
// The package knows no screen and does nothing: the root model navigates.
// Entry points: Route, Parse.
package nav
