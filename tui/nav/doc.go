// Package nav holds the routes of the UI: the places where a user can be. A route prints
// as a path and is parsed back. Paths are used on the command line, in the palette, and in
// logs and tests.
//
//	welcome   repos   keys   tokens   signers   staged   tasks   log   doctor   settings   contexts   lessons
//	ceremony         also ceremony/FILE
//	repo/GUN/roles   also keys, signers, tags, history, raw
//	repo/GUN/quorum   also forecast, roots
//	repo/GUN/role/ROLE
//	repo/GUN/tag/TAG
//	repo/GUN/explain/TARGET
//
// GUNs, roles, tags and targets are unescaped, including slashes. A part of a GUN that is
// exactly "role", "tag" or "explain" would end the GUN, so its first letter is written as
// a percent escape. In a tag or target, the percent sign and every unprintable character
// are escaped. Route.String always writes the tab, so a GUN that ends in "/keys" stays a
// GUN.
//
// The package knows no screen and does nothing: the root model navigates.
// Entry points: Route, Parse.
package nav
