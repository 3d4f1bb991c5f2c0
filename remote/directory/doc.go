// Package directory reads TUF 1.0 repositories from a folder, or below the address of a web
// server, and publishes into folders. It moves bytes and names faults. It knows layouts, which are file names, and
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
// A publish keeps to the names that the folder has:
//
//	root_history, and no N.targets.json or N.snapshot.json   ROLE.json, root_history/N.root.json (tuf-on-ci)
//	the root in force, or the new one, is consistent         N.ROLE.json, and ROLE.json where it is kept beside
//	it is not                                                N.root.json, ROLE.json
//
// A folder without metadata gets the published layout: in its folder metadata, if there is
// one (tuf-on-ci, taf and others keep targets beside it), otherwise in the folder itself, as in
// the examples of python-tuf and go-tuf. What is published comes in the order delegations, targets,
// snapshot, root, timestamp. Only the root and the timestamp can't change at once: between
// the two, a client may meet a new root with files that keys of the old one have signed.
//
// All of it is a disk.Batch, in .trustdeck-publish beside the metadata. Once its manifest is
// there, the publish will be finished, by the next writer if need be. Read never reads from there: it
// shows the folder as all other clients see it, so that a repository which they refuse
// doesn't look sound, and names the way out.
//
// Entry points: NewFolder, NewSite; both satisfy port.Remote, and a Folder port.Publisher.
package directory
