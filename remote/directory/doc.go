// Package directory reads TUF 1.0 repositories from a folder, or below the address of a web
// server. It moves bytes and names faults. It knows layouts, which are file names, and
// verifies nothing: model/tuf judges the contents.
//
// It looks for the published name of each file first (TUF 1.0, section 6.1):
//
//	N.root.json, N.snapshot.json, N.ROLE.json   with consistent snapshots, and every root
//	root.json, snapshot.json, ROLE.json         without, and the working files of tuf-on-ci
//	timestamp.json                              has no version in its name
//
// The files are in the folder or in its folder metadata; old roots may also be in
// root_history, in metadata or next to it (tuf-on-ci). Role names are percent-encoded, so
// that none leads elsewhere: "a/b" is a%2Fb.json.
//
// Entry points: NewFolder, NewSite; both satisfy port.Remote.
package directory
