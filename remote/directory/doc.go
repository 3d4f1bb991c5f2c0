// Package directory reads TUF 1.0 repositories where they are kept: in a folder, or below
// the address of a web server. It moves bytes and names faults. It knows layouts, which are
// the names of files, and verifies nothing: what a file holds, model/tuf judges.
//
// Of each file the published name is looked for first (TUF 1.0, section 6.1):
//
//	N.root.json, N.snapshot.json, N.ROLE.json   with consistent snapshots, and every root
//	root.json, snapshot.json, ROLE.json         without, and what tuf-on-ci works on
//	timestamp.json                              has no version in its name
//
// In a folder they lie in it or in its folder metadata; old roots may also be in
// root_history, in or beside metadata (tuf-on-ci). The name of a role is percent-encoded,
// so that none leads elsewhere: "a/b" is a%2Fb.json.
//
// NewFolder and NewSite make the two; both satisfy port.Remote.
package directory
